"""Which function answers which cmdlet, and the values they work with."""

from collections.abc import Callable
from typing import Any

import msgspec

from services.sandbox.answers import ENCODE, Json, Reply
from services.sandbox.store import Store

Parameters = dict[str, Json]


class Outcome(msgspec.Struct):
    """What a cmdlet gave: objects and warnings."""

    value: list[dict[str, Any]] = []
    warnings: list[str] = []


Cmdlet = Callable[[Store, Parameters], Outcome]
CMDLETS: dict[str, tuple[str, Cmdlet]] = {}
"""Lower-case name -> published name and function."""


def cmdlet(name: str) -> Callable[[Cmdlet], Cmdlet]:
    """Registers the function that answers a cmdlet."""

    def register(function: Cmdlet) -> Cmdlet:
        CMDLETS[name.lower()] = (name, function)
        return function

    return register


_INNER = "Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException"


class CmdletError(Exception):
    """A cmdlet failed: `exception` is the .NET class that Exchange names."""

    def __init__(self, status: int, exception: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.exception = exception
        self.message = message

    def reply(self) -> Reply:
        """The error in Exchange's own envelope."""
        code = {400: "BadRequest", 403: "Forbidden", 404: "NotFound"}.get(self.status, "InternalServerError")
        text = f"|{self.exception}|{self.message}"
        error = {
            "code": code,
            "message": "Error executing request. " + self.message,
            "details": [{"code": "Context", "target": "", "message": text}],
            "innererror": {
                "message": "Error executing cmdlet",
                "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                "stacktrace": "",
                "internalException": {
                    "message": text,
                    "type": _INNER,
                    "stacktrace": "",
                },
            },
        }
        return Reply(self.status, ENCODE({"error": error}), content_type="application/json; charset=utf-8")


def missing(identity: str) -> CmdletError:
    """What Exchange says about an object that it does not hold."""
    return CmdletError(
        404,
        "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
        f"The operation couldn't be performed because object '{identity}' couldn't be found on "
        "'sandbox.outlook.example'.",
    )
