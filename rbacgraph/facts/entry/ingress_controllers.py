"""The controllers that serve Ingresses and Routes: by their classes, and by labels of their Pods.

Sources of ``ingress_controllers.jsonl``: the charts and manifests of each controller, and its
documented ``spec.controller``.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct, json

from rbacgraph.facts.entry.pod_services import PodServices
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.kubernetes.networking import Ingress, IngressClass
from rbacgraph.model.kubernetes.pods import have_labels, labels_of_pack
from rbacgraph.model.packaged import packaged

_INSTANCE = "app.kubernetes.io/instance"


class _Project(Struct, frozen=True, forbid_unknown_fields=True):
    """A controller: how classes name it, and the labels of the Pods that take requests.

    ``spec.controller`` begins with ``controller``; ``classes`` are the classes by which Ingresses
    name it where the input holds no IngressClass. Without labels it makes load balancers outside
    the cluster, which are public if ``public``.
    """

    controller: str
    classes: tuple[str, ...]
    labels: tuple[Mapping[str, str], ...] = ()
    public: bool = True


_ROWS = packaged("rbacgraph.facts.entry", "ingress_controllers.jsonl")
_PROJECTS = tuple(json.Decoder(_Project).decode_lines(_ROWS))
_OPENSHIFT_ROUTER = "ingresscontroller.operator.openshift.io/deployment-ingresscontroller"


class Controller(NamedTuple):
    """What serves an Ingress or a Route.

    ``runners``: its Pods that take requests, as far as the input holds them.
    ``in_cloud``: whether it makes a load balancer outside the cluster, which leads to the Pods.
    ``public``: whether that is public unless an annotation says otherwise.
    """

    name: str
    runners: tuple[PodSource, ...] = ()
    in_cloud: bool = False
    public: bool = True

    def deployments(self) -> list[tuple[PodSource, ...]]:
        """Return its Pods by namespace and instance: each may serve other classes."""
        found: dict[tuple[str, object], list[PodSource]] = {}
        for runner in self.runners:
            instance = labels_of_pack(runner.obj.labels).get(_INSTANCE)
            found.setdefault((runner.node[1], instance), []).append(runner)
        return list(map(tuple, found.values()))


class IngressControllers(WorldPart):
    """Finds the controllers of Ingresses and Routes."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._known: dict[str, Controller] = {}

    def of(self, ingress: Ingress) -> Controller:
        """Return the controller of an Ingress, by its class, or the default one."""
        name = ingress.class_name or self._default
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._of_class(name)
        return found

    @cached_property
    def openshift(self) -> Controller:
        """The router of OpenShift, which serves Routes."""
        runners = (one for one in self._running if f",{_OPENSHIFT_ROUTER}=" in one.obj.labels)
        return Controller("openshift", tuple(runners))

    def _of_class(self, name: str) -> Controller:
        held = self._classes.get(name)
        project = _by_controller(held.controller) if held else _by_class(name)
        if project is None:
            return Controller(name)
        runners = tuple(
            one
            for one in self._running
            if any(have_labels(one.obj.labels, labels) for labels in project.labels)
        )
        return Controller(name, runners, not project.labels, project.public)

    @cached_property
    def _classes(self) -> Mapping[str, IngressClass]:
        return {one.metadata.name: one for one in self._world.snapshot.ingress_classes}

    @cached_property
    def _default(self) -> str:
        """The class of Ingresses that name none: the default one, or the only one."""
        classes = self._world.snapshot.ingress_classes
        marked = [one.metadata.name for one in classes if one.default]
        return marked[0] if len(marked) == 1 else ""

    @cached_property
    def _running(self) -> tuple[PodSource, ...]:
        runs = self._world.part(PodServices).runs
        return tuple(one for one in self._world.running.runners if runs(one) is not None)


def _by_controller(controller: str) -> _Project | None:
    found = (one for one in _PROJECTS if one.controller and controller.startswith(one.controller))
    return next(found, None)


def _by_class(name: str) -> _Project | None:
    return next((one for one in _PROJECTS if name in one.classes), None)
