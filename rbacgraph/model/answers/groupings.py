"""What a row of ``exposure --by`` may stand for."""

from typing import Literal, get_args

Grouping = Literal["principal", "namespace", "technique", "binding"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
