"""A third store, whole: its dump, reader, names and answers. A row makes it known.

``boxes/ID.json`` is a box: its token lets ServiceAccounts in that it lists, and they read secrets.
"""

from msgspec import DecodeError, Struct, ValidationError, json

from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.paths import Place
from rbacgraph.facts.external.stores import DumpedStore, StoreHop, best_decision
from rbacgraph.model.condition import CERTAIN, If
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import AZURE_IDENTITY, EXTERNAL, SERVICE_ACCOUNT

ROW = (
    *(EXTERNAL, "Boxes", r"(?:^|/)boxes/"),
    *(f"tests.stores.boxes:{name}" for name in ("Boxes", "BoxReader", "BoxNames", "BoxStore")),
)


class Box(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    admits: tuple[str, ...]
    holds: dict[str, bool]  # whether the box surely gives it out
    file: str = ""


class Boxes(Struct, frozen=True):
    boxes: tuple[Box, ...]


class BoxReader:
    def __init__(self, _problems):
        self.found = []

    def wants(self, name, **_):
        return name.rpartition("/")[0].endswith("boxes")

    def read(self, name, data):
        try:
            box = json.decode(data, type=Box)
        except (DecodeError, ValidationError):
            return False
        self.found.append(Box(box.id, box.admits, box.holds, name))
        return True

    def take(self, dump, _file):
        self.found += dump.boxes

    def result(self):
        return Boxes(tuple(self.found)) if self.found else None


class BoxNames:
    def __init__(self, dump):
        self.places = [_place(name) for box in dump.boxes for name in box.holds]

    def canonical(self, place):
        return place._replace(path=place.path.lower())

    def called(self, text):
        return next((one for one in self.places if text == one.path.upper()), None)


class BoxStore(DumpedStore):
    kind = EXTERNAL

    def __init__(self, world, dump):
        super().__init__(world)
        self._boxes, self._external = dump.boxes, world.part(ExternalSecrets)

    def hops(self, step):
        for box in self._boxes:
            node = AZURE_IDENTITY, "", box.id
            for account in box.admits if step == "store-identity" else ():
                source = SERVICE_ACCOUNT, *account.split("/")
                yield StoreHop(self.kind, source, node, CERTAIN, box)
            for name, sure in box.holds.items() if step == "store-reads" else ():
                secret = self._external.node(_place(name))
                yield StoreHop(self.kind, node, secret, _condition(sure), box)

    def explain(self, hop):
        return f"opens box {hop.basis.id}", (Evidence("Box", "", hop.basis.id, hop.basis.file, 1),)

    def can_read(self, secret, account):
        ways = [
            (hop.basis.id, hop.condition, self.explain(hop)[1])
            for hop in self.hops("store-reads")
            if hop.target == secret and "/".join(account) in hop.basis.admits
        ]
        known = any(hop.target == secret for hop in self.hops("store-reads"))
        return best_decision(ways, self.missing(), "box") if known else None

    def missing(self):
        yield If.PAGES_OF_DUMP_ARE_READ("the boxes")


def _place(name):
    return Place(EXTERNAL, "", f"box/{name}")


def _condition(sure):
    return CERTAIN if sure else If.KEY_OF_STORE_FITS("Boxes", "the time")
