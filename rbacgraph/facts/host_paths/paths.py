"""Compares paths of nodes, whatever links and spellings lead to them."""

import re
from posixpath import normpath

_LINKS = {
    "/proc/1/root": "/",  # first: what follows may be a link again
    "/bin": "/usr/bin",
    "/lib": "/usr/lib",
    "/lib64": "/usr/lib64",
    "/sbin": "/usr/sbin",
    "/var/run": "/run",
}
"""Links that distributions of Linux have, where they lead to.

Source: https://refspecs.linuxfoundation.org/FHS_3.0/fhs-3.0.html and
https://systemd.io/THE_CASE_FOR_THE_USR_MERGE/; ``proc(5)`` for the root of a process.
"""

_DRIVE = re.compile("[a-z]:")


def covers(path: str, other: str) -> bool:
    """Whether a path equals another one, or is a folder above it.

    Examples
    --------
    >>> covers("/", "/etc"), covers("/etc", "/etc/cron.d"), covers("/etc", "/etcd")
    (True, True, False)
    """
    return path == other or other.startswith("/" if path == "/" else f"{path}/")


def real_path(path: str) -> str:
    """Return where a path of Linux leads.

    Examples
    --------
    >>> real_path("/var/run/docker.sock"), real_path("/lib/modules/"), real_path("/etc/../bin")
    ('/run/docker.sock', '/usr/lib/modules', '/usr/bin')
    >>> real_path("/proc/1/root/etc"), real_path("/library")
    ('/etc', '/library')
    """
    found = normpath(f"/{path}").replace("//", "/")
    for link, end in _LINKS.items():
        if covers(link, found):
            found = normpath(f"{end}/{found[len(link) :]}").replace("//", "/")
    return found


def on_drive(path: str) -> str:
    r"""Return a path of Windows without its drive, in lower case, with slashes.

    Examples
    --------
    >>> on_drive("/C:/"), on_drive("/c:/Windows"), on_drive("/var/lib/kubelet")
    ('/', '/windows', '/var/lib/kubelet')
    >>> on_drive(r"C:\k\..\Windows"), on_drive(r"/\\.\pipe\docker_engine")
    ('/windows', '/./pipe/docker_engine')
    """
    parts = path.replace("\\", "/").strip("/").lower().split("/")
    kept = [part for part in parts[_DRIVE.fullmatch(parts[0]) is not None :] if part]
    if kept[:1] == ["."]:  # the namespace of devices: //./pipe
        return f"/{'/'.join(kept)}"
    return normpath(f"/{'/'.join(kept)}")
