"""The wire form of ``iam get-account-authorization-details``: XML with URL-encoded documents.

Source: IAM API Reference, GetAccountAuthorizationDetails.
"""

from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from msgspec import json

_LISTS = frozenset({"Policies", "Tags", "GroupList"})


def details_of_wire(data: bytes) -> bytes:
    """Return the answer as the command line prints it.

    Raises ValueError if it is no such XML.
    """
    if b"<!" in data:
        raise ValueError("holds XML with declarations, which AWS never sends")
    parser = XMLParser()  # noqa: S314 - without declarations there are no entities to expand
    try:
        parser.feed(data)
        root = parser.close()
    except (ParseError, ValueError) as error:
        raise ValueError("holds no XML that can be read") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    result = root.find("GetAccountAuthorizationDetailsResult")
    if result is None:
        raise ValueError("holds no GetAccountAuthorizationDetailsResult")
    return json.encode(_value(result))


def _value(element: Element) -> Any:  # noqa: ANN401 - what JSON holds
    children = list(element)
    if element.tag.endswith("List") or element.tag in _LISTS or element.tag.startswith("Attached"):
        return [_value(child) for child in children]
    if children:
        return {child.tag: _value(child) for child in children}
    text = element.text or ""
    return text == "true" if element.tag.startswith("Is") else text or None
