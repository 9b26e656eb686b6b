"""The pytest plugin that plants a fault, before the module that gets it is imported.

DELIBERATE_FAULT is the number of the fault in FAULTS.
"""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from suites.selftest.deliberate_faults.faults import FAULTS, Fault


class _Faulty(SourceFileLoader):
    """Loads a module with the fault in its source."""

    def __init__(self, fault: Fault, path: str) -> None:
        super().__init__(fault.module, path)
        self._fault = fault

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return compile(planted(self._fault, self.get_data(path).decode()), path, "exec")


class _Planter(MetaPathFinder):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        found = PathFinder.find_spec(fullname, path, target) if fullname == self._fault.module else None
        if found is not None and found.origin is not None:
            found.loader = _Faulty(self._fault, found.origin)
        return found


def planted(fault: Fault, source: str) -> str:
    """The source with the fault in it. Raises ValueError when what is right is not there once."""
    if source.count(fault.right) != 1:
        raise ValueError(f"{fault.module}: {fault.right!r} is there {source.count(fault.right)} times")
    return source.replace(fault.right, fault.wrong)


if number := os.environ.get("DELIBERATE_FAULT"):
    sys.meta_path.insert(0, _Planter(FAULTS[int(number)]))
