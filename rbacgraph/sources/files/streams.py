"""Reads the bytes of a file through any compression, one window at a time."""

import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Protocol, cast

from rbacgraph.model.memory.unpack_limit import check_unpacked
from rbacgraph.sources.files.locate import Source

STEP = 1 << 20
_FIRST = 1 << 16
LIMIT = 1 << 32

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_STEP = 1 << 11
_ZSTD_FIRST = 1 << 6  # 4 bytes may unpack to 128 KiB
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class TooLarge(Exception):  # noqa: N818 - says what the file is, not that we failed
    """One undivided piece is larger than any Kubernetes object can be."""


class Readable(Protocol):
    """A stream that a window reads."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer with as many bytes as there are."""


class Seekable(Readable, Protocol):
    """A stream in which a window can jump."""

    def seek(self, offset: int, /) -> int:
        """Go to an offset."""

    def tell(self) -> int:
        """Return the current offset."""


class Chunks:
    """Gives ``readinto`` to a stream that only has ``read``, of bytes or of text."""

    def __init__(self, stream: IO[bytes] | IO[str]) -> None:
        self._stream = stream
        self._rest = b""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer with as many bytes as there are."""
        if not self._rest:
            chunk = self._stream.read(len(buffer))
            self._rest = chunk.encode() if isinstance(chunk, str) else chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class Window:
    """A sliding view of a stream: ``data[start:end]`` is read and not yet used.

    ``line`` is the 1-based number of the line at ``start``; ``fault`` says why the stream ended
    early (a broken disk, a damaged archive).
    """

    __slots__ = (
        *("_limit", "_room", "_step", "_stream"),
        *("data", "end", "eof", "fault", "line", "start"),
    )

    def __init__(self, stream: Readable, *, step: int = STEP, limit: int = LIMIT) -> None:
        self._stream = stream
        self._step = step
        self._limit = limit
        self._room = min(step, _FIRST)  # most files are small, and there may be many
        self.data = bytearray(self._room)
        self.start = self.end = 0
        self.line = 1
        self.eof = False
        self.fault = ""

    @classmethod
    def of(cls, data: bytes, line: int = 1) -> "Window":
        """Return a window over bytes in memory."""
        window = cls(io.BytesIO())
        window.line = line
        window.data = bytearray(data)
        window.end = len(data)
        return window

    def fill(self) -> bool:
        """Read more behind ``end``, moving the rest to the front; False at the end.

        Raises TooLarge if the rest exceeds every bound.
        """
        if self.eof:
            return False
        left = self.end - self.start
        if left > self._limit:
            raise TooLarge
        if self.start:
            self.data[:left] = self.data[self.start : self.end]
            self.start, self.end = 0, left
        lacking = self._room - (len(self.data) - left)
        if lacking > 0:
            self.data.extend(bytes(max(lacking, len(self.data) >> 2)))
        with memoryview(self.data)[left:] as view:
            read = self._read(view)
            if read == len(view):
                self._room = min(self._step, 2 * self._room)
        self.end = left + read
        self.eof = not read
        return bool(read)

    def _read(self, view: memoryview) -> int:
        try:
            return self._stream.readinto(view) or 0
        except OSError as error:
            self.fault = error.strerror or "the compressed data is damaged"
        except (EOFError, zlib.error):
            self.fault = "the compressed data is damaged or cut off"
        except Exception as error:
            if type(error).__name__ != "ZstdError":
                raise
            self.fault = "the compressed data is damaged"
        return 0

    def advance(self, position: int) -> None:
        """Drop everything before ``position``."""
        self.line += self.data.count(b"\n", self.start, position)
        self.start = position

    @property
    def file(self) -> io.FileIO | None:
        """The file, if its bytes are read unchanged."""
        stream = self._stream
        raw = stream.raw if isinstance(stream, io.BufferedReader) else None
        return raw if isinstance(raw, io.FileIO) else None

    @property
    def offset(self) -> int:
        """The offset of ``start`` in a file."""
        return cast("Seekable", self._stream).tell() - (self.end - self.start)

    def jump(self, offset: int, line: int) -> None:
        """Jump to an offset in a file, which is on that line."""
        cast("Seekable", self._stream).seek(offset)
        self.start = self.end = 0
        self.line = line
        self.eof = False

    def take_all(self) -> bytearray:
        """Take the rest of the stream; ``line`` stays where it began."""
        while self.fill():
            pass
        rest = self.data
        del rest[self.end :], rest[: self.start]
        self.data = bytearray()
        self.start = self.end = 0
        return rest


class _Packed:
    """Counts the packed bytes that an unpacker reads."""

    def __init__(self, stream: "io.BufferedReader[Any]") -> None:
        self._stream = stream
        self.count = 0

    def read(self, size: int = -1, /) -> bytes:
        found = self._stream.read(size)
        self.count += len(found)
        return found

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer with as many bytes as there are."""
        size = self._stream.readinto(buffer)
        self.count += size
        return size


class _Bounded:
    """Ends a stream that unpacks to more than :func:`check_unpacked` allows."""

    def __init__(self, unpacked: Readable, packed: _Packed) -> None:
        self._unpacked = unpacked
        self._packed = packed
        self._count = 0

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer with as many bytes as there are."""
        size = self._unpacked.readinto(buffer) or 0
        self._count += size
        check_unpacked(self._packed.count, self._count)
        return size


class _Steps:
    """Reads no more at once than is unpacked at once, so that damage spoils less."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer with as many bytes as there are."""
        return self._stream.readinto1(buffer)


class _Zstd:
    """Unpacks zstd frames, and detects a cut-off frame (the library's reader does not)."""

    def __init__(self, stream: Readable) -> None:
        import zstandard

        self._unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        self._frame = self._unpacker.decompressobj()
        self._packed = memoryview(bytearray(_ZSTD_STEP))
        self._step = _ZSTD_FIRST
        self._stream = stream
        self._rest = b""
        self._unfinished = False

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer with as many bytes as there are."""
        while not self._rest:
            size = self._stream.readinto(self._packed[: self._step])
            if not size:
                if self._unfinished:
                    raise EOFError
                return 0
            self._rest = self._unpack(bytes(self._packed[:size]))
            larger = min(2 * self._step, _ZSTD_STEP)
            self._step = larger if len(self._rest) < STEP else _ZSTD_FIRST
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _unpack(self, packed: bytes) -> bytes:
        unpacked = b""
        while packed:
            unpacked += self._frame.decompress(packed)
            packed = self._frame.unused_data if self._frame.eof else b""
            self._unfinished = not self._frame.eof
            if self._frame.eof:
                self._frame = self._unpacker.decompressobj()
        return unpacked


@contextmanager
def opened(source: Source) -> Iterator[Readable]:
    """Open a source and unpack it, by its content rather than its name."""
    with _raw(source) as raw:
        head = raw.peek(4)[:4]
        packed = _Packed(raw)
        if head[:2] == _GZIP:
            import gzip

            with gzip.GzipFile(fileobj=cast("IO[bytes]", packed)) as unpacked:
                yield _Bounded(_Steps(unpacked), packed)
        elif head == _ZSTD:
            yield _Bounded(_Zstd(packed), packed)
        else:
            yield raw


def digest(source: Source) -> str:
    """Return a digest of the content; ``""`` if it cannot be read again.

    Raises OSError if a file can no longer be read.
    """
    if isinstance(source, str | os.PathLike):
        with open(source, "rb") as file:  # noqa: PTH123 - also what is no path of this system
            return hashlib.file_digest(file, "sha256").hexdigest()
    if isinstance(source, io.BytesIO):
        return hashlib.sha256(source.getbuffer()).hexdigest()
    return ""


@contextmanager
def _raw(source: Source) -> Iterator["io.BufferedReader[Any]"]:
    if isinstance(source, str | os.PathLike):
        with io.BufferedReader(io.FileIO(source), 1 << 16) as file:
            yield file
    else:
        yield io.BufferedReader(Raw(Chunks(source)))


class Raw(io.RawIOBase):
    """A raw stream over chunks, so that a caller's stream can be read ahead."""

    def __init__(self, chunks: Readable) -> None:
        self._chunks = chunks

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # a wider buffer
        """Fill the buffer with as many bytes as there are."""
        return self._chunks.readinto(memoryview(buffer)) or 0


def byte_order_mark(window: Window) -> str:
    """Return the name of the byte order mark at the start and skip it, decoding UTF-16.

    Raises UnicodeDecodeError if the mark says UTF-16 and the rest is not UTF-16.
    """
    head = bytes(window.data[window.start : window.start + 3])
    if head == _UTF8_BOM:
        window.start += 3
        return "UTF-8"
    encoding = _UTF16.get(head[:2])
    if encoding is None:
        return ""
    text = window.take_all()[2:].decode(encoding).encode()
    window.data = bytearray(text)
    window.start, window.end = 0, len(text)
    return "UTF-16"
