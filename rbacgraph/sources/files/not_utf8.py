"""Recognises the errors by which msgspec refuses text that is not UTF-8."""

from msgspec import DecodeError

_INVALID = "Invalid UTF-8"


def is_not_utf8(error: Exception) -> bool:
    """Whether a decoder refuses bytes because they are not UTF-8.

    msgspec 0.22 and older raise Python's own error, newer ones a ``DecodeError``.

    Examples
    --------
    >>> is_not_utf8(DecodeError("Invalid UTF-8 encoded string"))
    True
    >>> is_not_utf8(DecodeError("Input data was truncated"))
    False
    """
    if isinstance(error, DecodeError):
        return str(error).startswith(_INVALID)
    return isinstance(error, UnicodeDecodeError)
