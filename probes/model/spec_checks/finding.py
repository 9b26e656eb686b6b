"""What the spec lint finds, and the figures it recomputes."""

from typing import Literal

import msgspec

Severity = Literal["S1", "S2", "S3", "S4"]


class Finding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One place where the document contradicts itself, its own arithmetic or AWS.

    S1: impossible on AWS; S2: will not work as written; S3: inconsistent or imprecise; S4: a nit. `where` is
    the path inside the spec, `observed` what the document says or what follows from its numbers. `requirements` are
    those of the document's catalogue that take part in the contradiction.
    """

    id: str
    severity: Severity
    where: str
    expected: str
    observed: str
    hint: str
    requirements: tuple[str, ...] = ()
