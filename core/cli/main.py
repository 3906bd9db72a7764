"""The command `epochal`: finds the verb, gives it its arguments, and words whatever goes wrong as one sentence.

Exit codes: 0 done, 1 the run failed or a check did not hold, 2 bad input.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sys
from pathlib import Path
from typing import NoReturn

from core.cli.verbs import VERBS
from core.errors import EpochalError, RunError, WriteError

DONE, FAILED, BAD = 0, 1, 2


class Parser(argparse.ArgumentParser):
    """An argument parser that complains in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with 2."""
        print(f"{self.prog}: {message}. See {self.prog} --help.", file=sys.stderr)
        raise SystemExit(BAD)


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command line (without the program's name) and return the exit code."""
    try:
        code = _main(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except EpochalError as error:
        print(f"epochal: {error}", file=sys.stderr)
        return FAILED if isinstance(error, RunError) and not isinstance(error, WriteError) else BAD
    except BrokenPipeError:
        # Whoever read our output has seen enough.  Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"epochal: {error.filename or 'A file'}: {error.strerror or error}.", file=sys.stderr)
        return BAD
    return code


def _main(arguments: list[str]) -> int:
    """Take what stands before the verb, then let the verb take the rest."""
    parser = _parser()
    given, rest = parser.parse_known_args(_before_verb(arguments))
    if rest:
        parser.error(f"unrecognised argument {rest[0]}")
    if given.version:
        from importlib.metadata import version  # 60 ms that only this needs

        print(f"epochal {version('epochal')}")
        return DONE
    verb, own = _verb(arguments[len(_before_verb(arguments)) :], parser)
    module = importlib.import_module(f"core.cli.{VERBS[verb].module}")
    verb_parser = Parser(prog=f"epochal {verb}", description=_sentence(VERBS[verb].summary))
    verb_parser.add_argument(
        "-w", dest="workspace", metavar="DIR", type=Path, help="the workspace", default=given.workspace
    )
    verb_parser.set_defaults(verb=verb)
    module.arguments(verb_parser)
    code: int = module.run(verb_parser.parse_args(own))
    return code


def _parser() -> Parser:
    lines = []
    for group in dict.fromkeys(verb.group for verb in VERBS.values()):
        lines.append(f"\n{group}:")
        lines += [f"  {verb.name:<12} {verb.summary}" for verb in VERBS.values() if verb.group == group]
    parser = Parser(
        prog="epochal",
        usage="epochal [-w DIR] VERB ...   or   epochal [WORKSPACE]",
        description="A workbench for training neural networks.  `epochal VERB --help` tells about a verb.",
        epilog="\n".join(lines).lstrip() + _EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-w", dest="workspace", metavar="DIR", type=Path, help="the workspace to use")
    parser.add_argument("--version", action="store_true", help="print the version")
    return parser


_EPILOG = """

RUN is a run's id or its beginning.  RUN@STEP, RUN@best and RUN@last name a checkpoint.
Every verb under "look" takes --json.  In JSON, NaN and infinity are the texts "NaN", "Infinity", "-Infinity".
Exit code: 0 done, 1 the run failed or a check did not hold, 2 bad input.
"""


def _before_verb(arguments: list[str]) -> list[str]:
    """Return the options that stand before the first word."""
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        if arguments[position] in ("-h", "--help", "--version"):
            return arguments[: position + 1]
        position += 2 if arguments[position] == "-w" else 1
    return arguments[:position]


def _verb(words: list[str], parser: Parser) -> tuple[str, list[str]]:
    """Return the verb and its own arguments; no verb, or a folder in its place, opens the window."""
    if not words:
        return "gui", []
    if words[0] in VERBS:
        return words[0], words[1:]
    if os.sep in words[0] or Path(words[0]).is_dir():
        return "gui", words
    near = difflib.get_close_matches(words[0], VERBS, 1)
    hint = f"did you mean {near[0]}" if near else f"the verbs are {', '.join(VERBS)}"
    raise parser.error(f"there is no verb {words[0]!r}; {hint}")


def _sentence(summary: str) -> str:
    return summary[0].upper() + summary[1:] + "."


if __name__ == "__main__":
    sys.exit(main())
