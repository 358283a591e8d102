"""The Exchange admin REST service: InvokeCommand and its batch; cmdlets live in `cmdlets/`."""

from services.sandbox import role_wall
from services.sandbox.answers import ENCODE, Call, Json, Refusal, Reply
from services.sandbox.batch import call_of, item_answer, requests_of
from services.sandbox.cmdlets.invoke import CmdletError, invoke
from services.sandbox.faults import Fault
from services.sandbox.graph import applied, refusal_of, strike
from services.sandbox.odata_query import open_token, seal_token
from services.sandbox.store import Store

_LIMIT = 10
_PAGE = 1000


class Exchange:
    """Answers Exchange calls on a store; `walled`: the caller has no rights but those of its active roles."""

    def __init__(self, store: Store, faults: list[Fault], tenant_id: str, *, walled: bool = False) -> None:
        self._store = store
        self._faults = faults
        self._walled = walled
        self._tenant_id = tenant_id

    def answer(self, call: Call) -> Reply:
        """The reply to a whole request. Raises Refusal."""
        if len(call.segments) != 2 or call.segments[0].lower() != self._tenant_id.lower():
            raise Refusal(403, "Forbidden", "The tenant of the address is not the tenant of the token.")
        what = call.segments[1].lower()
        if call.method != "POST" or what not in ("invokecommand", "$batch"):
            raise Refusal(404, "NotFound", f"No HTTP resource was found that matches '{call.segments[1]}'.")
        with self._store.transaction():
            return self._batch(call) if what == "$batch" else self._one(call)

    def _one(self, call: Call) -> Reply:
        try:
            return self._run(call)
        except CmdletError as problem:
            return problem.reply()

    def _run(self, call: Call) -> Reply:
        options = {name.lower().lstrip("$"): value for name, value in call.query.items()}
        if set(options) - {"select", "skiptoken"}:
            raise Refusal(400, "BadRequest", "Only $select and $skiptoken are supported.")
        body = call.json()
        given = body.get("CmdletInput")
        if (
            not isinstance(given, dict)
            or not isinstance(given.get("CmdletName"), str)
            or set(body) != {"CmdletInput"}
        ):
            raise Refusal(
                400, "BadRequest", 'The body must be {"CmdletInput": {"CmdletName", "Parameters"}}.'
            )
        if self._walled:
            role_wall.check_cmdlet(self._store, given["CmdletName"])
        outcome = invoke(self._store, given["CmdletName"], given.get("Parameters") or {})
        start = int(open_token(options["skiptoken"])) if "skiptoken" in options else 0
        size = _page(call.headers.get("prefer", ""))
        value = outcome.value[start : start + size]
        if options.get("select"):
            names = [name.strip() for name in options["select"].split(",")]
            value = [{name: row[name] for name in names if name in row} for row in value]
        answer: dict[str, Json] = {
            "@odata.context": f"{call.root}/{self._tenant_id}/$metadata#Collection(Edm.ComplexType)"
        }
        answer["adminapi.warnings@odata.type"] = "#Collection(String)"
        answer["@adminapi.warnings"] = outcome.warnings
        if start + size < len(outcome.value):
            select = f"$select={options['select']}&" if options.get("select") else ""
            token = seal_token(start + size)
            answer["@odata.nextLink"] = (
                f"{call.root}/{self._tenant_id}/InvokeCommand?{select}$skiptoken={token}"
            )
        answer["value"] = value
        return Reply(200, ENCODE(answer), content_type="application/json; charset=utf-8")

    def _batch(self, call: Call) -> Reply:
        responses = []
        for item in requests_of(call, _LIMIT, absolute=True):
            responses.append(item_answer(item["id"], self._item(call, item)))
        return Reply(200, ENCODE({"responses": responses}), content_type="application/json; charset=utf-8")

    def _item(self, outer: Call, item: dict[str, Json]) -> Reply:
        name = str(((item.get("body") or {}).get("CmdletInput") or {}).get("CmdletName"))
        fault = strike(self._faults, ("throttle-item", "error-item"), "POST", f"InvokeCommand/{name}")
        if fault:
            return _refused(refusal_of(fault))
        try:
            reply = self._one(_inner(outer, item))
        except Refusal as refusal:
            return _refused(refusal)
        read = name.lower().startswith("get-")
        late = None if read else applied(self._faults, "POST", f"InvokeCommand/{name}")
        return _refused(refusal_of(late)) if late else reply


def _inner(outer: Call, item: dict[str, Json]) -> Call:
    url = str(item["url"])
    if "://" in url:
        if not url.startswith(outer.root):
            raise Refusal(400, "BadRequest", "The url of a batch item must lead to the same service.")
        url = url[len(outer.root) :]
    inner = call_of(outer, {**item, "url": url})
    if not inner.segments[-1].lower() == "invokecommand":
        raise Refusal(404, "NotFound", f"No HTTP resource was found that matches '{url}'.")
    return inner


def _refused(refusal: Refusal) -> Reply:
    body = ENCODE({"error": {"code": refusal.code, "message": refusal.message}})
    return Reply(refusal.status, body, refusal.headers, "application/json; charset=utf-8")


def _page(prefer: str) -> int:
    for part in prefer.lower().replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name == "odata.maxpagesize" and value.isdigit() and int(value):
            return min(int(value), _PAGE)
    return _PAGE
