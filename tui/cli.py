"""The command: it reads the arguments, wires the floors together and starts the screen."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tui.crash import Reporter

EPILOG = """\
Without a profile file the embedded sandbox tenant is opened: made-up people, nothing can break.
Keys are shown on the screen; F1 explains them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status: 0 fine, 1 something is wrong, 2 it was asked wrongly."""
    words = sys.argv[1:] if argv is None else argv
    arguments = parser(flags_of_all=bool({"sandbox", "setup", "completion"} & set(words))).parse_args(words)
    commands = {
        "": _open,
        "sandbox": _sandbox,
        "doctor": _doctor,
        "worker": _worker,
        "setup": _setup,
        "sign-out": _sign_out,
        "completion": _completion,
    }
    from tui.crash import Reporter

    reporter = Reporter(arguments)
    with reporter.watching():
        return _run(commands[arguments.command], arguments, reporter)


def _run(
    command: "Callable[[argparse.Namespace], int]", arguments: argparse.Namespace, reporter: "Reporter"
) -> int:
    from services.errors import RollcallError
    from state.errors import StateError

    try:
        return command(arguments)
    except (RollcallError, StateError) as error:
        print(f"rollcall: {error.sentence}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader is gone; without this the interpreter complains once more while it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return reporter.crashed(error)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"rollcall: {message.rstrip('.')}; see {self.prog} --help\n")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that import is slow."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"rollcall {version('rollcall')}")
        except PackageNotFoundError:
            print("rollcall (not installed)")
        parser.exit()


def parser(*, flags_of_all: bool = True) -> argparse.ArgumentParser:
    """The command line; the sandbox brings its own flags, and needs a slow import for them."""
    top = _Parser(
        prog="rollcall",
        description="Users, groups and everything about them in Microsoft 365, from the keyboard.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.set_defaults(command="")
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    _where(top)
    top.add_argument("--user", metavar="UPN", help="open this user's page at once")
    top.add_argument("--tab", metavar="ID", help="with --user: open this tab, such as security-groups")
    top.add_argument("--readonly", action="store_true", help="change nothing, whatever is pressed")
    _log(top)
    top.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    sandbox = commands.add_parser("sandbox", help="serve the embedded tenant alone", allow_abbrev=False)
    sandbox.set_defaults(command="sandbox")
    if flags_of_all:
        from services.sandbox.command import add_options

        sandbox.description = "Serves the embedded tenant; prints one JSON line with its URLs and its token."
        add_options(sandbox)
    doctor = commands.add_parser(
        "doctor", help="check the terminal, the state and the tenant", allow_abbrev=False
    )
    doctor.set_defaults(command="doctor")
    _where(doctor, suppress=True)
    _log(doctor, suppress=True)
    worker = commands.add_parser(
        "worker", help="run processes and schedules without a screen", allow_abbrev=False
    )
    worker.set_defaults(command="worker")
    worker.description = "Runs what was started and what is scheduled, for all tenants or the named one."
    worker.add_argument(
        "--once", action="store_true", help="run what there is to run now, then end (for cron)"
    )
    _where(worker, suppress=True)
    _log(worker, suppress=True)
    setup = commands.add_parser("setup", help="add a tenant, or print the app it needs", allow_abbrev=False)
    setup.set_defaults(command="setup")
    setup.description = "Adds a tenant to the profile file; what no flag says is asked for."
    if flags_of_all:
        from tui.setup import add_options as add_setup_options

        add_setup_options(setup)
    _where(setup, suppress=True)
    sign_out = commands.add_parser(
        "sign-out", help="remove what signing in left on this machine", allow_abbrev=False
    )
    sign_out.set_defaults(command="sign-out")
    _where(sign_out, suppress=True)
    completion = commands.add_parser("completion", help="print a completion script for your shell")
    completion.set_defaults(command="completion")
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    return top


def _where(parser: argparse.ArgumentParser, *, suppress: bool = False) -> None:
    """The options that doctor and worker share; there they must not overwrite what stood before the command."""
    default = argparse.SUPPRESS if suppress else None
    parser.add_argument("--config", metavar="PATH", type=Path, default=default, help="the profile file")
    parser.add_argument("--tenant", metavar="NAME", default=default, help="the tenant to open, or sandbox")
    parser.add_argument(
        "--state",
        metavar="DIR",
        type=Path,
        default=default,
        help="where pending changes and processes are kept",
    )


def _log(parser: argparse.ArgumentParser, *, suppress: bool = False) -> None:
    """The option of the commands that talk to a tenant."""
    default = argparse.SUPPRESS if suppress else None
    parser.add_argument(
        "--log", metavar="FILE", type=Path, default=default, help="write down every call, as JSON lines"
    )


def _sandbox(arguments: argparse.Namespace) -> int:
    from services.sandbox.command import options_of, run

    return run(options_of(arguments))


def _open(arguments: argparse.Namespace) -> int:
    # what is imported stays, and to look through it again and again takes a tenth of the start
    gc.disable()
    try:
        from tui.start import open_screen

        if arguments.tab and not arguments.user:
            parser(flags_of_all=False).error("--tab needs --user")
        return open_screen(arguments)
    finally:
        gc.enable()


def _doctor(arguments: argparse.Namespace) -> int:
    from tui.doctor import examine

    return examine(arguments)


def _worker(arguments: argparse.Namespace) -> int:
    from tui.worker import work

    return work(arguments)


def _setup(arguments: argparse.Namespace) -> int:
    from tui.setup import set_up

    return set_up(arguments)


def _sign_out(arguments: argparse.Namespace) -> int:
    from tui.sign_out import sign_out

    return sign_out(arguments)


def _completion(arguments: argparse.Namespace) -> int:
    from tui.completion import script

    print(script(parser(), arguments.shell))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
