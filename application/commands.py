"""Commands of operators, on their way to the one that trades."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from domain.account.commands import AnyCommand, Command


class OpenAccount(Command, frozen=True, tag="open"):
    """Open a configured account now, not with the next period."""


Asked = AnyCommand | OpenAccount


LONGEST_WORDS = 500


class BadCommand(ValueError):
    """This is no command: the message says what is wrong with it."""


class AskedCommand(NamedTuple):
    """A command that waits to be carried out."""

    id: UUID
    account: str
    command: Asked


class CommandQueue(Protocol):
    """Where commands wait; what they lead to is committed together with their answer."""

    def waiting(self) -> Sequence[AskedCommand]:
        """Commands that have no answer yet, oldest first."""
        ...

    def refuse(self, command: UUID, why: str) -> None:
        """Answer that it cannot be done."""
        ...


def encode_command(command: Asked) -> str:
    """A command as JSON."""
    return msgspec.json.encode(command).decode()


def decode_command(content: bytes | str) -> Asked:
    """The command that JSON means; raises BadCommand."""
    try:
        command: Asked = msgspec.json.decode(content, type=Asked)
    except (msgspec.ValidationError, msgspec.DecodeError, ArithmeticError) as error:
        raise BadCommand(str(error)) from None
    for name in ("by", "why"):
        said = getattr(command, name)
        if not said.strip():
            raise BadCommand(f"`{name}` must say something: it stays on the tape")
        if not said.isprintable() or len(said) > LONGEST_WORDS:
            raise BadCommand(f"`{name}` is one line of at most {LONGEST_WORDS} characters")
    return command
