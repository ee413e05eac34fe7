"""The tests: sentences about behaviour on real things (servers, files, sockets,
terminals). They wait on conditions, never on time, and none asserts how long something
took: the bench does. A folder is named for the package it tests, a file for its module
or for the behaviour a newcomer would look for.

Quick and slow: plain `pytest` runs the quick ones, `-m slow` the others, `-m ''` all.
`lanes` says what is slow.

What tests share:

| module | what it is |
| --- | --- |
| `conftest` | fixtures for every test: `store` on each engine, `mariadb`, `mysql` |
| `servers`, `binaries` | private database servers, and where their programs are |
| `schema_tables`, `large_tables` | our tables as a server has them; millions of rows |
| `wrapped_session` | a session that hands everything on to another one |
| `one_of_each` | a job with another value in each column that an edit may change |
| `waiting` | `eventually`: the only way in which tests wait |
| `handler` | a real HTTP server that answers as well or badly as the path says |
| `handler_responses`, `raw_responses` | what each path does; responses as bytes |
| `handler_exchange` | one request it received, and the means to answer it |
| `loopback_server` | the thread and loop below the handler, the ledger and the proxy |
| `certificate_authority` | certificates of servers, right and wrong ones |
| `hostile_text`, `secret_text` | text that no screen or log may show as it stands |
| `cli/run_program`, `cli/pty_program` | the program as a process; in a terminal |
| `processor/run_processor` | a processor in the test's process, and its events |
| `ui/queue`, `ui/run_console` | a queue for a screen to show; the console in a test |
| `e2e/screen` | what a person sees of the console in a real terminal |

Programs of their own: `python -m tests.faults` breaks things on purpose,
`python -m tests.bench` measures, `python -m tests.readme_picture` draws the README's
picture, `python -m tests.handler` is the handler by itself. `test_architecture` and
`test_names` prove what the shape of the sources and their names promise.
"""
