"""Guards the wire of a program that a test starts; see `tests.wire`."""

import importlib.util
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("_wire", Path(__file__).resolve().parents[1] / "wire.py")
if _SPEC is not None and _SPEC.loader is not None:
    _WIRE = importlib.util.module_from_spec(_SPEC)
    _SPEC.loader.exec_module(_WIRE)
    _WIRE.guard()
