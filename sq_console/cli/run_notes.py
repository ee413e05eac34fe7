"""What `sq-console --help` and the man page say beside verbs and options: exit codes,
environment variables, files.
"""

EXIT_CODES = (
    ("0", "Done."),
    ("1", "What was asked for failed, or outcomes stayed unrecorded."),
    ("2", "Usage, settings or schema; a login that the server refuses too."),
    ("3", "The database cannot be reached, or is read-only."),
    ("130", "Interrupted."),
)
ENVIRONMENT = (
    ("SQ_CONFIG", "The ini file, when none is named."),
    ("SQ_DB_PASSWD, SQ_API_PASSWD", "[db] passwd and [api] passwd, before any file's."),
    ("CREDENTIALS_DIRECTORY", "systemd's: its files db_passwd, api_passwd are next."),
    ("SQ_ASCII", "1: the console paints in ASCII; 0: never."),
    ("NO_COLOR", "The console uses no colours."),
    ("XDG_STATE_HOME", "Where a console logs; else ~/.local/state."),
    ("NOTIFY_SOCKET, WATCHDOG_USEC", "systemd's, with --no-ui and Type=notify."),
)
FILES = (
    ("./db.ini", "Settings, when neither CONFIG nor SQ_CONFIG names a file."),
    ("db.example.ini", "Every setting, explained; it comes with the program."),
    ("$XDG_STATE_HOME/sq-console/DB.log", "What the console on DB logs."),
)
