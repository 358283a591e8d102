"""Completion scripts for the operator's shell, made from the command line itself."""

import argparse


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """What the shell ("bash", "zsh" or "tcsh") has to read."""
    import shtab

    kinds = {"config": shtab.FILE, "data": shtab.FILE, "state": shtab.DIRECTORY}
    for action in _actions(parser):
        if action.dest in kinds:
            # shtab looks for this attribute, which argparse does not know
            vars(action)["complete"] = kinds[action.dest]
    return str(shtab.complete(parser, shell))


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    found = []
    for action in parser._actions:
        found.append(action)
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                found += _actions(command)
    return found
