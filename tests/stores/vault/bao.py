"""A real OpenBao server in dev mode on loopback."""

import http.client
import json
import socket
import subprocess
import time
from contextlib import contextmanager
from importlib.resources import files

import pytest

ROOT = "root-of-the-test"
