"""`sq-console [CONFIG]` and `sq-console VERB` in one group.

The first word that is not a flag of the group decides: a verb runs, any other word
belongs to the default form, which opens the console. Neither argparse nor
click-default-group can do this and still name a mistyped verb.
"""

import difflib
from collections.abc import Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from sq_console import __version__
from sq_console.cli.common_options import verbose_option
from sq_console.cli.completion.values import INI, INI_HERE
from sq_console.cli.run_notes import ENVIRONMENT, EXIT_CODES

WITHOUT_ARGUMENTS = "sq_console.bare"
"""Context key, true when the command line had no argument at all."""
_HELP_CHARS = 60
_HELP = """\
A console and queue processor for HTTP jobs kept in a MySQL table.

Without a verb it opens the console on the database that CONFIG (an ini file, see
db.example.ini) names and, unless another processor is alive, calls the jobs; --no-ui
does that without a screen. CONFIG is looked for in $SQ_CONFIG and ./db.ini when it is
not given.
"""


class ConsoleGroup(click.Group):
    """The verbs, and the form without one."""

    forms = ("sq-console [CONFIG] [OPTIONS]", "sq-console VERB [OPTIONS] …")

    def __init__(
        self, name: str, *, default: click.Command, verbs: Sequence[click.Command]
    ) -> None:
        super().__init__(
            name,
            help=_HELP,
            no_args_is_help=False,
            commands={verb.name or "": verb for verb in (default, *verbs)},
            context_settings={"help_option_names": ["-h", "--help"]},
            params=[_VERSION, _VERBOSE],
        )
        self._default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the name of the default form when the arguments have no verb."""
        ctx.meta[WITHOUT_ARGUMENTS] = not args
        if args in (["-v"], ["--verbose"]):
            args = ["--version"]  # as with `ruby -v`
        args = self._with_verb(ctx, args)
        return super().parse_args(ctx, args)

    def _with_verb(self, ctx: click.Context, args: list[str]) -> list[str]:
        flags = 0
        while flags < len(args) and args[flags] in _VERBOSE.opts:
            flags += 1
        first = args[flags] if flags < len(args) else ""
        if first in self.commands or first in ("-h", "--help", "--version"):
            return args
        if ctx.resilient_parsing:  # at TAB, where a verb may follow
            return [self._default.name or "", *args] if first else args
        if first and not first.startswith("-"):
            self._refuse_typo(ctx, first)
        return [*args[:flags], self._default.name or "", *args[flags:]]

    def _refuse_typo(self, ctx: click.Context, word: str) -> None:
        if Path(word).exists() or "/" in word or "." in word:
            return
        close = difflib.get_close_matches(word, self.list_commands(ctx), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise click.UsageError(f"no command or config file {word!r}{hint}", ctx)

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb. An interrupt prints nothing; click would print a newline."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in their given order: looking, acting, setting up."""
        return [name for name, verb in self.commands.items() if not verb.hidden]

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem]:
        """Return verbs, ini files, and the options of both forms."""
        found = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            of_form = self._default.shell_complete(ctx, incomplete)
            known = {item.value for item in of_form}
            return [*of_form, *(item for item in found if item.value not in known)]
        for item in found:
            item.help = self.commands[item.value].get_short_help_str(_HELP_CHARS)
        is_path = "/" in incomplete or not found
        return [*found, CompletionItem(incomplete, type=INI if is_path else INI_HERE)]

    def form_options(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options of the form without a verb, then the group's own."""
        of_form = [p for p in self._default.params if isinstance(p, click.Option)]
        of_group = self.get_params(ctx)
        own = {name for param in of_group for name in param.opts}
        return [p for p in of_form if own.isdisjoint(p.opts)] + of_group

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both forms."""
        for form, prefix in zip(self.forms, ("Usage: ", "       "), strict=True):
            program, _, arguments = form.partition(" ")
            formatter.write_usage(program, arguments, prefix)

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the options of both forms, and the verbs."""
        records = [param.get_help_record(ctx) for param in self.form_options(ctx)]
        with formatter.section("Options"):
            formatter.write_dl([record for record in records if record])
        with formatter.section("Verbs (each has -h)"):
            formatter.write_dl(
                [
                    (name, self.commands[name].get_short_help_str(_HELP_CHARS))
                    for name in self.list_commands(ctx)
                ]
            )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what a run answers, and what it reads beside its arguments."""
        with formatter.section("Exit codes"):
            formatter.write_dl(EXIT_CODES)
        with formatter.section("Environment"):
            formatter.write_dl(ENVIRONMENT)


def _print_version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        click.echo(f"sq-console {__version__}")
        ctx.exit()


_VERSION = click.Option(
    ["--version"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
_VERBOSE = verbose_option()
