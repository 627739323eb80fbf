"""Calls of `winnow` in shell text: found, and held against the real command line without being run."""

import re
import shlex
from collections.abc import Iterator

import click

from service.cli import main

ENDS = re.compile(r"[;|&()\n]+")
"""What ends one command."""

REDIRECTIONS = re.compile(r"[<>]+&?")


def commands(script: str) -> Iterator[list[str]]:
    """Every simple command of a script, as its words; redirections and variables set before it are left out."""
    whole = re.sub(r"\\\n", " ", script)
    whole = re.sub(r"^\s*#.*$|\s#\s.*$", "", whole, flags=re.MULTILINE)
    words = shlex.shlex(re.sub(r"\$\(", " ( ", whole), posix=True, punctuation_chars="();<>|&\n")
    words.whitespace = " \t\r"
    words.whitespace_split = True
    words.commenters = ""
    yield from _simple(list(words))


def _simple(words: list[str]) -> Iterator[list[str]]:
    command: list[str] = []
    following = iter([*words, ";"])
    for word in following:
        if ENDS.fullmatch(word):
            while command and re.match(r"\w+=", command[0]):
                command.pop(0)
            if command:
                yield command
            command = []
        elif REDIRECTIONS.fullmatch(word):
            next(following)
            if command[-1:] in (["1"], ["2"]):
                command.pop()
        else:
            command.append(word)


def winnow_calls(script: str) -> Iterator[list[str]]:
    """What `winnow` is called with, wherever it is called, also in a container or from an environment's folder."""
    for words in commands(script):
        inside = words[words.index("--") + 1 :] if "--" in words else []
        own = inside if words[0] == "kubectl" else words
        at = [n for n, word in enumerate(own) if word.rpartition("/")[2] == "winnow"]
        if at and re.match(r"[a-z-]", "".join(own[at[-1] + 1 :])):
            yield own[at[-1] + 1 :]


def refused(words: list[str]) -> str:
    """Why the command line would not take these words, in its own; "" where it takes them. Nothing is run.

    A file need not be there, and what stands for a value (`$SITE`, `…`) is not looked at.
    """
    command: click.Command = main
    context = click.Context(main, info_name="winnow")
    try:
        while isinstance(command, click.Group) and words[:1] not in (["--help"], ["--version"]):
            if not words:
                return f"{context.command_path} is not a command"
            name, found, words = command.resolve_command(context, words)
            assert found is not None
            command, context = found, click.Context(found, info_name=name, parent=context)
        command.make_context(context.info_name, list(words), parent=context.parent)
    except click.exceptions.Exit:
        return ""
    except click.MissingParameter as problem:
        return problem.format_message()
    except click.BadParameter as problem:
        stands = any(sign in word for word in words for sign in ("$", "…"))
        return _lacking(command, words) if stands or "does not exist" in problem.message else problem.format_message()
    except click.UsageError as problem:
        return problem.format_message()
    return ""


def _lacking(command: click.Command, words: list[str]) -> str:
    """Options that must be given and are not."""
    given, _, _ = command.make_parser(click.Context(command)).parse_args(list(words))
    wanted = [one.name for one in command.params if isinstance(one, click.Option) and one.required]
    return "".join(f"lacks --{name} " for name in wanted if name not in given)
