"""What a probe raises when it cannot answer."""

from probes.model.untrusted_text import shown

LIMIT = 20_000
AFTER_APPLY = "judged after the apply"


class ProbeError(Exception):
    """The question could not be answered: the verdict is unobservable, never conforming.

    The message is safe to show: it may quote names from AWS and what hosts wrote.
    """

    def __str__(self) -> str:
        return shown(super().__str__(), LIMIT)


class InputError(ProbeError):
    """An input is malformed; the message names the file and the line, JSON path or resource."""


class UnobservableError(ProbeError):
    """The source says it could not see what the question needs; the message carries the source's reason."""


class AfterApplyError(UnobservableError):
    """What the source can never show, as a plan the health of a target: judged from AWS after the apply."""

    def __str__(self) -> str:
        return f"{AFTER_APPLY}: {super().__str__()}"


class EmptySelectionError(ProbeError):
    """A selection found nothing to judge, so a pass would be vacuous."""
