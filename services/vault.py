"""Vault: secrets on their way to a service, in this process's memory alone; what is stored only names them."""

import html
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import msgspec

from services.errors import RollcallError
from services.operation import Answer, Json, Request
from services.secret import Secret

MASK = "***"
"""What stands for a secret in whatever is shown or stored."""

GONE = (
    "Not sent: the password was only in the memory of the Rollcall that was started then, and that has ended."
    " Nothing was changed; reset the password again."
)

_KEY = "$secret"
_LEAST_CUT = 4
"""So many characters of a secret at the end of a shortened text are taken for it."""


class SecretGone(RollcallError):
    """The request names a secret that is not (or no longer) in memory; it was not sent."""


def named(name: str) -> dict[str, Json]:
    """What stands in a request's body for the secret of this name: `{"$secret": name}`."""
    return {_KEY: name}


def names(value: Json) -> tuple[str, ...]:
    """The names of the secrets in a body."""
    if isinstance(value, Mapping):
        if set(value) == {_KEY}:
            return (str(value[_KEY]),)
        return tuple(name for item in value.values() for name in names(item))
    if isinstance(value, list | tuple):
        return tuple(name for item in value for name in names(item))
    return ()


class Vault:
    """The secrets of one session by name, from the moment they were decided until the step has ended."""

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}
        self._echo: re.Pattern[str] | None = None

    def put(self, secrets: Mapping[str, Secret]) -> None:
        """Keeps these."""
        self._secrets.update(secrets)
        self._echo = None

    def forget(self, gone: Iterable[str]) -> None:
        """They are not needed any more; what is not there is no error."""
        for name in gone:
            self._secrets.pop(name, None)
        self._echo = None

    def lacks(self, request: Request) -> bool:
        """Whether the request names a secret that is not here, so that it cannot be sent."""
        return any(name not in self._secrets for name in names(request.body))

    def filled(self, request: Request) -> Request:
        """The request as the transport sends it, each name replaced by its `Secret`. Raises `SecretGone`."""
        if not names(request.body):
            return request
        if self.lacks(request):
            raise SecretGone(GONE)
        return msgspec.structs.replace(request, body=self._put_in(request.body))

    def redacted(self, answer: Answer) -> Answer:
        """The answer without any of the secrets, should the service have repeated one."""
        if not self._secrets:
            return answer
        return msgspec.structs.replace(
            answer,
            body=self._hidden_in(answer.body),
            code=self.hidden(answer.code),
            message=self.hidden(answer.message),
            location=self.hidden(answer.location),
            warnings=tuple(self.hidden(warning) for warning in answer.warnings),
        )

    def redact_error(self, error: RollcallError) -> None:
        """The same for the sentence of an error, which may hold the service's own words."""
        error.sentence, error.code = self.hidden(error.sentence), self.hidden(error.code)
        error.args = (error.sentence,)

    def hidden(self, text: str) -> str:
        """The text with every secret in it masked, also where it was cut off in the middle of one."""
        if not self._secrets or not text:
            return text
        if self._echo is None:
            forms = {form for secret in self._secrets.values() for form in _forms(secret.reveal())}
            longest_first = sorted(forms, key=len, reverse=True)
            self._echo = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
        text = self._echo.sub(MASK, text)
        for secret in self._secrets.values():
            text = _without_start(text, secret.reveal())
        return text

    def _put_in(self, value: Json) -> Json:
        if isinstance(value, Mapping):
            if set(value) == {_KEY}:
                return self._secrets[str(value[_KEY])]
            return {key: self._put_in(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._put_in(item) for item in value]
        return value

    def _hidden_in(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.hidden(value)
        if isinstance(value, dict):
            return {self.hidden(key): self._hidden_in(item) for key, item in value.items()}
        return [self._hidden_in(item) for item in value] if isinstance(value, list) else value


def _forms(text: str) -> tuple[str, ...]:
    """The text, and how it looks inside JSON, HTML and a URL."""
    return (
        text,
        msgspec.json.encode(text).decode()[1:-1],
        html.escape(text),
        html.escape(text, quote=False),
        quote(text, safe=""),
    )


def _without_start(text: str, secret: str) -> str:
    for length in range(len(secret) - 1, _LEAST_CUT - 1, -1):
        if text.endswith(secret[:length]):
            return text[:-length] + MASK
    return text
