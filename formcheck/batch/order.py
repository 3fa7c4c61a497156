"""One film as a worker of a cluster gets it: who sent it, what the worker must have, and the result with its files."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from formcheck import __version__
from formcheck.batch.film import FilmResult, FilmTask, sharing, work_film
from formcheck.batch.remote import check_protocol, is_remote
from formcheck.capture.bundles import bundle
from formcheck.errors import FormcheckError, InputError
from formcheck.pipeline import Job
from formcheck.progress import ProgressCallback

__all__ = ["Order", "UnfitWorkerError", "check_versions", "check_worker", "fulfil"]


class UnfitWorkerError(InputError):
    """A worker of the cluster cannot do this work, whatever the film: it lacks something, or is of another version."""


@dataclass(frozen=True, slots=True)
class Order:
    """A film to be done elsewhere.

    Attributes
    ----------
    key
        What the cluster calls it; new each time it is handed out.
    task
        The film. ``task.path`` is where it lies on the disk that all share; None for films by address.
    job
        What is to be done. The path of its pose model is of the computer that asks; the worker uses its own file.
    version
        formcheck's on the computer that asks.
    """

    key: str
    task: FilmTask
    job: Job
    version: str = __version__


def check_versions(found: Mapping[str, str | None], wanted: str = __version__) -> None:
    """Refuse workers that would not give the same results.

    Parameters
    ----------
    found
        The version of formcheck by the address of the worker; None where it is not installed.

    Raises
    ------
    UnfitWorkerError
        A worker has no formcheck, or another version.
    """
    without = sorted(worker for worker, version in found.items() if version is None)
    if without:
        raise UnfitWorkerError(
            f"{_some(without)}: has no formcheck, so it cannot work on films; install formcheck[cluster] {wanted} in the environment"
            " that starts the workers."
        )
    other = sorted(worker for worker, version in found.items() if version != wanted)
    if other:
        raise UnfitWorkerError(
            f"{_some(other)}: has formcheck {found[other[0]]} and this computer {wanted}, so the results could differ; install the same"
            " version on both and start the workers again."
        )


def check_worker(job: Job, addresses: tuple[str, ...] = ()) -> Job:
    """Make sure, on a worker, that it has what a job needs, and give the job as it is to be done there.

    Parameters
    ----------
    addresses
        Films by address, one of each kind.

    Raises
    ------
    UnfitWorkerError
        The pose model is missing or another one, or a package is.
    """
    try:
        model = None if job.bundle is None else bundle(job.bundle.name)
        job.exports.checked()
        for address in addresses:
            check_protocol(address)
    except FormcheckError as error:
        raise UnfitWorkerError(str(error)) from error
    if model is not None and job.bundle is not None and model.sha256 != job.bundle.sha256:
        raise UnfitWorkerError(f"its pose model '{model.name}' is another one than here; install the same formcheck on both.")
    return sharing(replace(job, bundle=model), 1)


def fulfil(order: Order, progress: ProgressCallback | None = None) -> FilmResult:
    """Do one film on a worker, in a folder of its own that is gone afterwards, and give its files with the result.

    Raises
    ------
    UnfitWorkerError
        This worker cannot do it, whatever the film.
    """
    check_versions({"this worker": __version__}, order.version)
    task = order.task
    job = check_worker(order.job, (task.address,) if is_remote(task.address) else ())
    if task.path is not None and not Path(task.path).exists():
        raise UnfitWorkerError(
            f"{task.address}: the worker finds no {task.path}; films named by their path must lie on a disk that every worker sees at the"
            " same place. Or name them by an address, such as s3://."
        )
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        place = Path(name)
        result = work_film(task, job, place, progress)
        made = place / task.folder_name
        if task.action != "analyse" or not made.is_dir():
            return result
        files = tuple((path.name, path.read_bytes()) for path in sorted(made.iterdir()))
        return replace(result, files=files, line={key: value for key, value in result.line.items() if key != "folder"})


def _some(workers: list[str]) -> str:
    return f"worker {workers[0]}" + (f" and {len(workers) - 1} more" if len(workers) > 1 else "")
