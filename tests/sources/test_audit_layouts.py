"""In whatever layout an audit log is kept, its events are read; what is bad is reported."""

import gzip
import io
import json

import pytest
import zstandard

from rbacgraph.errors import InputError, UsageError
from rbacgraph.sources.audit import layouts
from rbacgraph.sources.audit.audit import read_audit
from tests.sources.audit_events import LAYOUTS, LINES, TEXTS, asked, event


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_reads_every_layout(layout, pack):
    log = read_audit(io.BytesIO(pack(LAYOUTS[layout].encode())))
    assert asked(log) == {("alice", "get secrets shop/db"): 3}
    assert log.diagnostics == ()


@pytest.fixture
def long(monkeypatch):
    """Every document is long, and few bytes are taken at once."""
    monkeypatch.setattr(layouts, "_LONG", 1)
    monkeypatch.setattr(layouts, "_AT_ONCE", 1 << 10)


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_reads_every_layout_of_long_documents(layout):
    log = read_audit(io.BytesIO(LAYOUTS[layout].encode()))
    assert asked(log) == {("alice", "get secrets shop/db"): 3}
    assert log.diagnostics == ()


MANY = [event(auditID=str(number)) for number in range(40)]


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("more", [{}, {"metadata": {"x": [1, "]}"]}}])
def test_what_follows_a_long_list_is_read(indent, more):
    text = json.dumps({"kind": "EventList", "items": MANY, **more}, indent=indent)
    last = json.dumps(event(auditID="last"))
    log = read_audit(io.BytesIO(f"{text}\n{last}\n".encode()))
    assert (log.requests, log.diagnostics) == (41, ())


@pytest.mark.parametrize("left", range(0, 60, 5))
def test_a_long_list_ends_wherever_a_part_of_the_stream_ends(left, monkeypatch):
    monkeypatch.setattr(layouts, "_LONG", 1 << 10)
    room = 1 << 16  # what a window reads first
    for _ in range(2):
        padded = event(auditID="padded", padding="x" * (room - (1 << 16)))
        text = json.dumps({"items": [*MANY, padded], "metadata": {"more": []}}, indent=1)
        room += (1 << 16) - left - text.index("\n ],") - 3
    assert text.index("\n ],") + 3 + left == 1 << 16
    log = read_audit(io.BytesIO(f"{text}\n{json.dumps(event(auditID='last'))}\n".encode()))
    assert (log.requests, log.diagnostics) == (42, ())


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("indent", [None, 1])
def test_a_long_list_that_is_cut_off_keeps_what_came_before(indent):
    text = json.dumps({"items": MANY}, indent=indent)
    log = read_audit(io.BytesIO(text[:-100].encode()))
    assert log.requests == 39
    (told,) = log.diagnostics
    assert told.code == "cut-off"
    assert told.line > (1000 if indent else 0)


@pytest.mark.usefixtures("long")
def test_a_member_of_a_long_list_that_is_no_event_is_told_with_its_line():
    text = json.dumps({"items": [*MANY[:20], {"verb": 7}, *MANY[20:]]}, indent=1)
    log = read_audit(io.BytesIO(text.encode()))
    assert log.requests == 40
    (told,) = log.diagnostics
    assert (told.code, told.line) == ("not-an-audit-event", text[: text.index(": 7")].count("\n"))


def test_reads_globs_and_folders(tmp_path):
    for number, text in enumerate(TEXTS):
        (tmp_path / f"audit-{number}.log").write_text(text)
    assert read_audit(tmp_path / "audit-*.log").requests == 3
    (tmp_path / "x.jsonl").write_text(json.dumps(event(auditID="x")))
    assert read_audit(tmp_path).requests == 4


def test_a_folder_of_logs_as_a_server_rotates_them(tmp_path):
    names = ("audit.log", "audit-2026-01-30T00-00-00.000.log", "audit.log.1", "old.log-20260101")
    for name, text in zip(names, (*TEXTS, json.dumps(event(auditID="x"))), strict=True):
        (tmp_path / name).write_text(text)
    (tmp_path / "audit.log.2.gz").write_bytes(
        gzip.compress(json.dumps(event(auditID="y")).encode())
    )
    (tmp_path / "notes.md").write_text("none")
    log = read_audit(tmp_path)
    assert (log.requests, log.diagnostics) == (5, ())


def test_a_folder_without_logs_is_told(tmp_path):
    (tmp_path / "notes.md").write_text("none")
    (told,) = read_audit(tmp_path).diagnostics
    assert (told.code, told.file) == ("no-audit-events", str(tmp_path))


WORD = json.dumps(LINES[:1], indent=0).count("\n") + 1
CUT = json.dumps(LINES, indent=1).rpartition('"auditID"')[0]
CUT_SOONER = json.dumps(LINES[:2], indent=1).rpartition('"auditID"')[0]
DEEP = "[" * 9999 + "]" * 9999
BAD = {
    "zeros after a crash": (f"{TEXTS[0]}\n{chr(0) * 99}\n{TEXTS[1]}", 2, "not-json"),
    "Google's": (
        f'{TEXTS[0]}\n{{"protoPayload": {{}}, "logName": "x"}}\n{TEXTS[1]}',
        2,
        "not-an-audit-event",
    ),
    "a body that is nested deep": (
        "\n".join([TEXTS[0], TEXTS[1][:-1] + f', "requestObject": {DEEP}}}', TEXTS[2]]),
        2,
        "too-deep",
    ),
    "Google's, and a list": (
        f'{TEXTS[0]}\n{{"protoPayload": {{}}, "items": []}}\n{TEXTS[1]}',
        2,
        "not-an-audit-event",
    ),
    "the log of long ago": (f"{TEXTS[0]}\n2016-09-07T13:03 AUDIT: id=1\n{TEXTS[1]}", 2, "not-json"),
    "a word after a list": (
        f"{json.dumps(LINES[:1], indent=1)}\nI0131 klog\n{TEXTS[1]}",
        None,
        "not-json",
    ),
    "cut off": (f"{TEXTS[0]}\n{TEXTS[1][:200]}\n{TEXTS[2]}", 2, "cut-off"),
    "cut off at the end": (f"{TEXTS[0]}\n{TEXTS[1]}\n{TEXTS[2][:99]}", 3, "cut-off"),
    "another object": (f'{TEXTS[0]}\n{TEXTS[1]}\n{{"kind": "Pod"}}', 3, "not-an-audit-event"),
    "another list": (
        f'{TEXTS[0]}\n{{"kind": "PodList", "items": [{{"kind": "Pod"}}]}}\n{TEXTS[1]}',
        2,
        "not-an-audit-event",
    ),
    "a wrong type": (f'{TEXTS[0]}\n{{"auditID": 7}}\n{TEXTS[1]}', 2, "not-an-audit-event"),
    "another log": (f"I0131 12:00 server.go:1\n{TEXTS[0]}\n{TEXTS[1]}", 1, "not-json"),
    "a bare word": (f"{TEXTS[0]}\n7\n{TEXTS[1]}", 2, "not-an-audit-event"),
    "one of a batch": (
        f"{TEXTS[0]}\n{json.dumps({'kind': 'EventList', 'items': [{'auditID': 7}, LINES[1]]})}",
        2,
        "not-an-audit-event",
    ),
    "a word in a list": (json.dumps([LINES[0], 7, LINES[1]], indent=0), WORD, "not-an-audit-event"),
    "one of many nested deep": (
        f'{{"items": [{TEXTS[0]}, {{"requestObject": {DEEP}}}, {TEXTS[1]}]}}',
        1,
        "too-deep",
    ),
    "one of CloudWatch's": (
        json.dumps(
            {"logEvents": [{"message": text} for text in (TEXTS[0], '{"auditID"', TEXTS[1])]}
        ),
        1,
        "cut-off",
    ),
    "a batch that is cut off": (
        f'{{"metadata": {{}}, "items": [{TEXTS[0]},\n{TEXTS[1]}',
        1,
        "cut-off",
    ),
    "an indented list that is cut off": (CUT, CUT.count("\n") - 3, "cut-off"),
    "an indented list that is cut off before another": (
        f"{CUT_SOONER}\n{json.dumps(LINES[2:], indent=1)}",
        None,
        "cut-off",
    ),
    "a list with a word behind it": (
        f"{TEXTS[0]}\n{TEXTS[1]}\n{json.dumps(LINES)} done",
        3,
        "cut-off",
    ),
    "an indented document": (
        f"{json.dumps(LINES[:2], indent=1)}\n[\n" + '{"kind": "Pod"}]',
        None,
        "not-an-audit-event",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_reports_what_is_bad_and_takes_the_rest(case):
    text, line, code = BAD[case]
    log = read_audit(io.BytesIO(text.encode()))
    assert log.requests == 2
    (found,) = log.diagnostics
    assert found.code == code
    assert line in {None, found.line}


@pytest.mark.parametrize("text", ["[" * 9999, '{"a":' * 9999, "{\n" + '{"a":\n' * 9999])
def test_what_is_nested_without_end_is_told(text):
    log = read_audit(io.BytesIO(text.encode()))
    assert log.requests == 0
    assert len(log.diagnostics) > 1


def test_reports_a_damaged_archive():
    data = gzip.compress("\n".join(TEXTS * 500).encode())[:-20]
    log = read_audit(io.BytesIO(data))
    assert "unreadable" in {d.code for d in log.diagnostics}
    assert log.requests == 3


def test_reports_a_file_without_events():
    assert [d.code for d in read_audit(io.BytesIO(b"")).diagnostics] == ["no-audit-events"]


def test_binary_files_are_told_once():
    log = read_audit(
        io.BytesIO(b"audit.log" + b"\0" * 500 + TEXTS[0].encode() + b"\n" + b"x\n" * 9)
    )
    assert [d.code for d in log.diagnostics] == ["binary", "no-audit-events"]


def test_bytes_that_are_no_text():
    log = read_audit(io.BytesIO(TEXTS[0].encode() + b"\n\xff\xfe{\n"))
    assert [d.code for d in log.diagnostics] == ["not-utf-8"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_bytes_that_are_no_text_spoil_one_event_alone(layout):
    text = LAYOUTS[layout].encode()
    inside = text.index(b"alice", text.index(b"alice") + 1) + 1
    log = read_audit(io.BytesIO(text[:inside] + b"\xff" + text[inside:]))
    assert log.requests == 2
    assert {d.code for d in log.diagnostics} == {"not-utf-8"}


def test_refuses_what_is_not_there(tmp_path):
    with pytest.raises(InputError):
        read_audit(tmp_path / "nowhere.log")
    with pytest.raises(UsageError):
        read_audit()


@pytest.mark.parametrize("alone", [True, False])
def test_an_event_without_an_id_is_said_to_lack_it(tmp_path, alone):
    event = json.loads(TEXTS[0])
    del event["auditID"]
    batch = event if alone else {"kind": "EventList", "items": [json.loads(TEXTS[0]), event]}
    path = tmp_path / "audit.log"
    path.write_text(json.dumps(batch))
    (found,) = (d for d in read_audit(path).diagnostics if d.code == "not-an-audit-event")
    assert found.message.startswith("is an audit event without an auditID")
