"""Findings about encryption at rest: each code has words, which name what it is about."""

import pickle

from rbacgraph.model.answers.encryption_at_rest.encryption_text import (
    NO_ADVICE,
    FindingAdvice,
    FindingCode,
    FindingMessage,
)
from tests.tables import each_of

NAMES = ("r-esource", "*.g-roup")
AT_FIELD = ("f-ield",)
OF_FIELD = ("f-ield", "v-alue")

ABOUT = {
    FindingCode.NOTHING: [()],
    FindingCode.FAULT: [("", "p-roblem"), ("f-ield", "p-roblem")],
    FindingCode.STRICT_FAULT: [("p-roblem",)],
    FindingCode.FAULT_IS_IGNORED: [("p-roblem", "v-ersion")],
    FindingCode.NO_RESOURCES: [AT_FIELD],
    FindingCode.NO_PROVIDERS: [AT_FIELD],
    FindingCode.DUPLICATE_RESOURCE: [("f-ield", ("o-ne", "o-ther"))],
    FindingCode.OVERLAPPING_RESOURCES: [("f-ield", ("o-ne", "o-ther"))],
    FindingCode.RESOURCE_CAPITALS: [OF_FIELD],
    FindingCode.RESOURCE_STAR: [OF_FIELD],
    FindingCode.RESOURCE_NOT_REST: [OF_FIELD],
    FindingCode.RESOURCE_EVENTS_GROUP: [OF_FIELD],
    FindingCode.RESOURCE_EXTENSIONS_GROUP: [OF_FIELD],
    FindingCode.RESOURCE_ACROSS_GROUPS: [OF_FIELD],
    FindingCode.MASKED_RESOURCE: [("r-esource", "r-ule")],
    FindingCode.NO_PROVIDER: [AT_FIELD],
    FindingCode.MANY_PROVIDERS: [AT_FIELD],
    FindingCode.NO_KEYS: [AT_FIELD],
    FindingCode.KEY_WITHOUT_NAME: [AT_FIELD],
    FindingCode.KEY_WITHOUT_SECRET: [AT_FIELD],
    FindingCode.KEY_NOT_BASE64: [AT_FIELD],
    FindingCode.KEY_LENGTH: [("f-ield", 5, 16, 24)],
    FindingCode.KMS_WITHOUT_NAME: [AT_FIELD],
    FindingCode.KMS_NAME_COLON: [("f-ield", "{n-ame}:")],
    FindingCode.KMS_NAME_DUPLICATE: [("f-ield", "{n-ame}")],
    FindingCode.KMS_TIMEOUT: [("f-ield", -1.5)],
    FindingCode.KMS_WITHOUT_ENDPOINT: [AT_FIELD],
    FindingCode.KMS_ENDPOINT: [
        ("f-ield", "{e-ndpoint}", "e-rror", ""),
        ("f-ield", "{e-ndpoint}", "", "s-cheme"),
    ],
    FindingCode.KMS_CACHESIZE: [("f-ield", 0, "v1"), ("f-ield", 5, "v2")],
    FindingCode.KMS_APIVERSION: [OF_FIELD],
    FindingCode.KMS_V1_DISABLED: [()],
    FindingCode.NO_ENCRYPTION_CONFIG: [(("n-s/p-od",), ""), (("n-s/p-od", "n-s/o-ther"), "f-ile")],
    FindingCode.API_SERVER_UNSEEN: [(True,), (False,)],
    FindingCode.API_SERVERS_DIFFER: [("n-s/p-od",), ("n-s/p-od", "n-s/o-ther")],
    FindingCode.NO_RELOAD: [()],
    FindingCode.RELOAD_WITHOUT_CONFIG: [()],
    FindingCode.ETCD_WITHOUT_TLS: [("n-s/p-od", "u-rl", "o-ther")],
    FindingCode.LEGACY_KIND: [()],
    FindingCode.IGNORED_TEXT: [()],
    FindingCode.SPLIT_RESOURCE: [("r-esource", "f-ield", "o-ther")],
    FindingCode.UNKNOWN_RESOURCE: [("v-ersion", "r-esource"), ("v-ersion", "*.g-roup", "n-ear")],
    FindingCode.CUSTOM_RESOURCES_NOT_COVERED: [(), (9, "o-ne"), (9, *"abcde", "n-ot-listed")],
    FindingCode.WILDCARD_TOO_NEW: [("*.g-roup",)],
    FindingCode.SECRETS_NOT_COVERED: [()],
    FindingCode.CONFIGMAPS_NOT_COVERED: [()],
    FindingCode.IDENTITY_FIRST: [(NAMES, (), True), (NAMES, ("k-ey",), False)],
    FindingCode.PLAINTEXT_MAY_REMAIN: [NAMES],
    FindingCode.PLAINTEXT_UNREADABLE: [NAMES],
    FindingCode.WEAK_AESCBC: [("k-ey", *NAMES)],
    FindingCode.AESGCM_ROTATION: [("k-ey", *NAMES)],
    FindingCode.LOCAL_KEY: [("k-ey",)],
    FindingCode.SHORT_KEY: [("k-ey", 128)],
    FindingCode.DUPLICATE_KEY_NAME: [("k-ind", "k-ey")],
    FindingCode.KMS_V1: [("k-ms", True), ("k-ms", False)],
    FindingCode.KMS_V2_OFF: [("k-ms",)],
    FindingCode.KMS_ENDPOINT_HOST: [("h-ost", ""), ("h-ost", "p-ath")],
    FindingCode.KMS_ABSTRACT_SOCKET: [()],
    FindingCode.DUPLICATE_KMS_NAME: [("k-ms",)],
}
EVERY = [(code, subject) for code, subjects in ABOUT.items() for subject in subjects]


def names(subject):
    """All names that a subject holds; a wildcard is said by its group."""
    for one in subject:
        if isinstance(one, tuple):
            yield from names(one)
        elif isinstance(one, str) and "-" in one and one != "n-ot-listed":
            yield one.removeprefix("*.")


def test_each_code_has_words_and_an_example():
    assert set(FindingCode) == set(ABOUT)


@each_of(EVERY)
def test_words_name_what_a_finding_is_about(example):
    code, subject = example
    message, advice = FindingMessage(code, subject), FindingAdvice(code, subject)
    words = f"{message} {advice}"
    assert all(name in words for name in names(subject)), words
    assert not any(mark in words for mark in ("None", "(')", "', '", "{}")), words
    assert bool(str(message)) is bool(message) is (code is not FindingCode.NOTHING)
    assert bool(str(advice)) is bool(advice)
    assert pickle.loads(pickle.dumps((message, advice))) == (message, advice)


def test_messages_differ():
    said = [str(FindingMessage(code, subject)) for code, subject in EVERY]
    alike = [one for one in said if said.count(one) > 1]
    assert len(alike) == 2  # no resources in the file, and no resources or providers in an entry
    assert not NO_ADVICE
