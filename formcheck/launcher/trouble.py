"""What can go wrong outside formcheck while it is set up or loaded, each in one line that says what to do."""

from __future__ import annotations

import errno
import re
import sys
from pathlib import Path

__all__ = ["NEWEST_TRIED", "OLDEST", "SPACE_NEEDED_MB", "SetupError", "explain_loading", "explain_os_error", "explain_output"]

#: The oldest Python formcheck runs on, and the newest it was tried on.
OLDEST, NEWEST_TRIED = (3, 11), (3, 13)

#: What a whole set-up takes on the disk, downloads included.
SPACE_NEEDED_MB = 1500

# What pip and venv print, and the cause it speaks of; the first that is found counts.
_SIGNS = (
    (r"No space left on device|\[Errno 28\]|WinError 112", "space"),
    (r"Read-only file system|Permission denied|\[Errno 13\]|WinError 5\b", "unwritable"),
    (r"Windows Long Path|WinError 206", "long path"),
    (r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|CertificateError", "certificate"),
    (
        r"NewConnectionError|Failed to establish a new connection|NameResolutionError|name resolution|getaddrinfo failed|ConnectTimeout"
        r"|Read timed out|ReadTimeoutError|ProxyError|Connection refused|Connection reset|ConnectionResetError|Network is unreachable"
        r"|No route to host|IncompleteRead|RemoteDisconnected|Connection aborted",
        "network",
    ),
    (r"ensurepip is not available|No module named '?(?:ensurepip|venv)\b", "venv"),
    (r"requires a different Python", "old environment"),
    (r"No matching distribution found for (?P<package>[\w.\-]+)", "no build"),
)

# A shared library, and the package that has it in Debian and Ubuntu, and in Fedora.
_LIBRARIES = {
    "libGL.so.1": ("libgl1", "mesa-libGL"),
    "libEGL.so.1": ("libegl1", "mesa-libEGL"),
    "libGLESv2.so.2": ("libgles2", "mesa-libGLES"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libSM.so.6": ("libsm6", "libSM"),
    "libXext.so.6": ("libxext6", "libXext"),
    "libX11.so.6": ("libx11-6", "libX11"),
    "libxcb.so.1": ("libxcb1", "libxcb"),
    "libgomp.so.1": ("libgomp1", "libgomp"),
    "libstdc++.so.6": ("libstdc++6", "libstdc++"),
}

# These are usually missing together, so that one message names them all.
_USUALLY_MISSING = ("libGL.so.1", "libEGL.so.1", "libGLESv2.so.2", "libglib-2.0.so.0")


class SetupError(Exception):
    """Set-up cannot go on; the message is one line and says what to do."""


def explain_output(output: str, root: Path) -> str:
    """Say in one line why a step of the set-up failed.

    Parameters
    ----------
    output
        All that pip or venv printed.
    root
        The folder of the project.
    """
    for pattern, cause in _SIGNS:
        match = re.search(pattern, output)
        if match:
            return _advice(cause, root, match.groupdict().get("package") or "a package")
    told = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in told if line.lower().startswith("error:")]
    return f"the set-up failed with '{(errors or told or ['no word why'])[-1]}': see .venv/setup.log, mend it and run this again"


def explain_os_error(error: OSError, root: Path) -> str:
    """Say in one line what an error of the operating system during set-up means."""
    full, forbidden = (errno.ENOSPC, errno.EDQUOT), (errno.EROFS, errno.EACCES, errno.EPERM)
    cause = "space" if error.errno in full else "unwritable" if error.errno in forbidden else None
    return _advice(cause, root) if cause else f"the set-up failed ({error}): mend this and run it again"


def explain_loading(text: str) -> str:
    """Say in one line what to install when an installed package cannot be loaded.

    Parameters
    ----------
    text
        The message of the `ImportError` or `OSError`.
    """
    match = re.search(r"(lib[\w.+\-]+?\.so[.\d]*): cannot open shared object file", text)
    if match:
        missing = match.group(1)
        names = [name for name in (missing, *_USUALLY_MISSING) if name in _LIBRARIES and (name == missing or not _loads(name))]
        debian, fedora = (" ".join(dict.fromkeys(_LIBRARIES[name][system] for name in names)) for system in (0, 1))
        how = f"sudo apt install {debian} (Fedora: sudo dnf install {fedora})" if missing in _LIBRARIES else "find the package that has it"
        return f"the system library {missing} is missing: {how}, then run this again"
    if "DLL load failed" in text:
        return f"a system library is missing ({text}): install the Microsoft Visual C++ Redistributable (x64), then run this again"
    return f"an installed package cannot be loaded ({text}): delete the folder .venv beside run.py and run this again"


def _loads(library: str) -> bool:
    import ctypes

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _advice(cause: str, root: Path, package: str = "") -> str:
    import platform
    import tempfile

    version = spoken(sys.version_info[:2])
    temporary = tempfile.gettempdir()
    if cause == "no build" and sys.version_info[:2] > NEWEST_TRIED:
        return f"Python {version} is too new, {package} has no build for it yet: start run.py with Python {spoken(NEWEST_TRIED)}"
    return {
        "space": f"the disk is full: make room for {SPACE_NEEDED_MB} MB in {root} and in {temporary}, then run this again",
        "unwritable": f"cannot write in {root} or in {temporary}: move the project into a folder of your own and run this again",
        "long path": f"the path {root} is too long for Windows: move the project to one like C:\\formcheck and run this again",
        "certificate": "the package index has a certificate this computer does not trust: check the clock, and behind a company's proxy "
        "set PIP_CERT to its certificate file, then run this again",
        "network": "no connection to the package index, and the first run has to download about 350 MB: check the network (behind a proxy, "
        "set HTTPS_PROXY) and run this again",
        "venv": f"this Python {version} has no venv module: install it (Debian, Ubuntu: sudo apt install python3-venv, "
        f"or python{version}-venv) and run this again",
        "old environment": f"the environment in {root / '.venv'} is of a Python too old: delete that folder and run this again",
        "no build": f"there is no ready build of {package} for Python {version} on {platform.system()} {platform.machine()}: use a 64-bit "
        f"Python {spoken(OLDEST)} to {spoken(NEWEST_TRIED)} from python.org or your system",
    }[cause]


def spoken(version: tuple[int, ...]) -> str:
    """Return a version as people write it: (3, 11) is "3.11"."""
    return ".".join(str(part) for part in version)
