"""Regular expressions of Go: what Python may search, what it must not try, what Go refuses."""

import pytest

from rbacgraph.model.go.regex import is_refused, search

PATH = "kubernetes/main/apps/downloads/qbittorrent/tools/secret.sops.yaml"


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (".*/.*/.*/secret.*\\.yaml$", PATH, True),
        ("^kubernetes/.*/.*/.*/secret.*\\.yaml$", PATH, True),
        ("(?i)SECRET", PATH, True),
        ("^(data|stringData)$", "data", True),
        ("^(data|stringData)$", "metadata", False),
        (r"\.ya?ml$", PATH, True),
        (r"\w", "é", False),  # Go's classes are of ASCII
        ("", PATH, True),
    ],
)
def test_a_search_is_gos(pattern, text, found):
    assert search(pattern, text) is found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+b", "aaa"),
        ("a*a*a*b", "a" * 4000),
        ("a*b", "a" * 100_000),
        ("a?" * 30 + "a" * 30, "a" * 30),
        ("(a|a)" * 30 + "b", "a" * 31),
        ("a{0,100}a{0,100}a{0,100}a{0,100}b", "a" * 100),
        ("[[:digit:]]", "1"),  # a class of Go, a set for Python
        (r"\pL", "a"),
        (r"\Qa.b\E", "a.b"),
        ("a{,3}", "a"),
        ("prod$", "prod\n"),
    ],
)
def test_what_may_differ_or_not_end_is_not_tried(pattern, text):
    assert search(pattern, text) is None


@pytest.mark.parametrize("pattern", ["[", "(", "(?!prod)", "(?<=a)b", r"(a)\1", r"a\Z", "a**"])
def test_what_go_refuses(pattern):
    assert is_refused(pattern)
    assert search(pattern, "a") is None


@pytest.mark.parametrize(
    "pattern", ["[a]", "(?i)a", r"\\1", r"a\z", "(?P<n>a)", "[[:alpha:]]", "[[a]"]
)
def test_what_go_takes(pattern):
    assert not is_refused(pattern)
