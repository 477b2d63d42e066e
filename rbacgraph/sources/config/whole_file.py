"""Reads a small file as a whole: unpacked, and without a byte order mark."""

from rbacgraph.errors import InputError
from rbacgraph.sources.files.locate import Source
from rbacgraph.sources.files.streams import TooLarge, Window, byte_order_mark, opened


def whole_file(name: str, source: Source, *, largest: int, kind: str, advice: str = "") -> bytes:
    """Return the content of a file.

    ``source``: the file, which may be packed with gzip or zstd.
    ``largest``: the number of bytes that no such file exceeds.
    Raises InputError if it cannot be read or is too large.
    """
    try:
        with opened(source) as stream:
            window = Window(stream, limit=largest)
            while window.end - window.start <= largest and window.fill():
                pass
            byte_order_mark(window)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}", advice=advice) from None
    except UnicodeDecodeError:
        message = f"{name} is not the UTF-16 that it says it is"
        raise InputError(message, advice=advice) from None
    except TooLarge:
        raise InputError(f"{name} is larger than any {kind}", advice=advice) from None
    if window.fault:
        raise InputError(f"{name} cannot be read: {window.fault}", advice=advice)
    if window.end - window.start > largest:
        raise InputError(f"{name} is larger than any {kind}", advice=advice)
    return bytes(window.data[window.start : window.end])
