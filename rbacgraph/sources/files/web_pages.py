"""Recognizes pages for browsers where objects are expected: a login page, an error of a proxy."""

import re
from html import unescape

_TITLE = re.compile(rb"<title[^>]*>([^<]*)", re.IGNORECASE)
_LONGEST_TITLE = 60
_BEGINNINGS = (b"<!doctype html", b"<html")


def is_web_page(start: bytes) -> bool:
    r"""Whether bytes begin as HTML does.

    Examples
    --------
    >>> is_web_page(b"\n<!DOCTYPE html>"), is_web_page(b"kind: List")
    (True, False)
    """
    return start.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].lower().startswith(_BEGINNINGS)


def web_page_words(start: bytes) -> str:
    """Name a page by its title.

    Examples
    --------
    >>> web_page_words(b"<html><title>Sign in</title>")
    "an HTML page (title 'Sign in')"
    """
    found = _TITLE.search(start)
    title = " ".join(unescape(found[1].decode(errors="replace")).split()) if found else ""
    return f"an HTML page{title and f' (title {title[:_LONGEST_TITLE]!r})'}"
