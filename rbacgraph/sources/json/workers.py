"""Divides a large List into parts that other processes read at the same time.

The bytes alone show where items begin, so that a process can begin anywhere in the file. It
decodes items that are whole and valid; it leaves all else to the reader of the List, which takes
the parts over in the order of the file. So the result is the same, however many processes there
are, and even if they fail.
"""

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
from msgspec import DecodeError, Struct, defstruct, field, msgpack

from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.files.streams import Window
from rbacgraph.sources.json.items import HEAD, Layout
from rbacgraph.sources.objects.object_kinds import LISTS

if TYPE_CHECKING:
    from subprocess import Popen

_MOST = 4
_OWN = 0.85
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "from rbacgraph.sources.json.worker import main; main(sys.argv[2])"
)
_MARK = b"block"  # a process may print other text as it starts
_SIZE = 4


class Processes(NamedTuple):
    """The number of processes that may read one file, and of bytes worth a process."""

    most: int
    worth: int = 1 << 25

    @classmethod
    def here(cls) -> "Processes":
        """Return the processes that this machine has room for."""
        if hasattr(os, "sched_getaffinity"):
            return cls(min(_MOST, len(os.sched_getaffinity(0))))
        return cls(min(_MOST, os.cpu_count() or 1))


class ReadTask(Struct, frozen=True):
    """The items to read: those that begin at ``begin`` or later, and before ``until``."""

    begin: int
    until: int
    layout: Layout


class WorkerBlock(Struct, omit_defaults=True):
    """Decoded items that follow each other, but for the lists of their objects.

    ``begin``, ``end``: offsets in the file: of the first item, and of the one after the last.
    ``lines``: the lines of the part, up to ``end``; the objects' origins are lines of the part,
        too.
    ``odd``: the last item, if it was not decoded: offset, length, line.
    ``skipped``: the number of objects of kinds that are not read, by kind.
    ``openshift_roles``: whether roles or bindings were in OpenShift's form.
    """

    begin: int
    end: int
    lines: int
    odd: tuple[int, int, int] | None = None
    skipped: dict[str, int] = {}
    openshift_roles: bool = False

    def objects(self) -> Iterator[tuple[str, list[Object]]]:
        """Yield the objects by field of the snapshot."""
        for name in LISTS:
            yield name, getattr(self, name)

    def message(self) -> bytes:
        """Return the block in the form that is sent."""
        content = msgpack.encode(self)
        return _MARK + len(content).to_bytes(_SIZE, "big") + content


_NO_OBJECTS: Any = field(default_factory=list)
_FIELDS = zip(LISTS, LISTS.values(), repeat(_NO_OBJECTS), strict=False)
FullBlock = cast(
    "type[WorkerBlock]",
    defstruct("FullBlock", _FIELDS, bases=(WorkerBlock,), omit_defaults=True),
)
"""A block with a list of objects for each field of the snapshot."""

_decode_block = msgpack.Decoder(FullBlock).decode


class WorkerPart:
    """The part that one process reads."""

    def __init__(self, begin: int, process: "Popen[bytes]") -> None:
        self.begin = begin
        self._process = process

    def blocks(self, offset: int) -> Iterator[WorkerBlock]:
        """Yield the blocks from an offset on; there may be none, and they may end early."""
        stream = self._process.stdout
        assert stream is not None
        while stream.read(len(_MARK)) == _MARK:
            content = stream.read(int.from_bytes(stream.read(_SIZE), "big"))
            try:
                block = _decode_block(content)
            except DecodeError:
                return
            if block.begin != offset:
                return
            yield block
            offset = block.end

    def close(self) -> None:
        """End the process."""
        with self._process as process:
            process.kill()


@contextmanager
def divide(
    window: Window,
    layout: Layout,
    processes: Processes | None,
    meanwhile: Callable[[], object] | None = None,
) -> Iterator[list[WorkerPart]]:
    """Start processes that read parts of the List whose first item is next.

    Only a regular file that begins with the List is divided, and only a large one. ``meanwhile``
    is called while the processes start.
    """
    parts: list[WorkerPart] = []
    try:
        parts += _started(window, layout, processes or Processes.here(), ahead=not meanwhile)
        if parts and meanwhile:
            meanwhile()
        yield parts
    finally:
        for part in parts:
            part.close()


def _started(
    window: Window, layout: Layout, processes: Processes, *, ahead: bool
) -> Iterator[WorkerPart]:
    file = window.file
    usable = file is not None and layout.named and hasattr(os, "preadv")
    if file is None or not usable or not sys.executable or getattr(sys, "frozen", False):
        return
    status = os.fstat(file.fileno())
    begin = window.offset
    size = status.st_size - begin
    count = min(processes.most, size // processes.worth)
    if count <= 1 or begin > HEAD or not stat.S_ISREG(status.st_mode):
        return
    from subprocess import DEVNULL, PIPE, Popen

    # Their shares leave out what this process reads while they start. It then reads less itself:
    # small objects, which take more work, mostly come first, and it takes over the rest.
    share = int((size - ahead * processes.worth) / (count - 1 + _OWN))
    cuts = [status.st_size - share * left for left in range(count - 1, -1, -1)]
    path = [entry for entry in sys.path if isinstance(entry, str)]
    for start, until in pairwise(cuts):
        task = msgspec.json.encode(ReadTask(start, until, layout)).decode()
        command = [sys.executable, "-IB", "-c", _START, json.dumps(path), task]
        with suppress(OSError):
            process = Popen(command, stdin=file, stdout=PIPE, stderr=DEVNULL)  # noqa: S603 - this program
            yield WorkerPart(start, process)
