"""Errors of this floor, each with one sentence that a person can act on."""


class StateError(Exception):
    """The state file cannot be used as asked. `sentence` says what happened and what to do now."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NewerSchema(StateError):
    """The file was written by a newer version of the program."""


class Corrupt(StateError):
    """The file is damaged or is no database."""


class StaleReview(StateError):
    """What was reviewed is no longer what is staged: nothing was started."""


class LeaseLost(StateError):
    """Another runner holds the process now: send nothing more of it."""
