"""What happens in a worker process: films come in over a connection, what comes of them goes out. Nothing heavy is loaded before the first.

A worker is one core's worth of work, so the libraries below are told to use one thread. It ends when the connection does: no film is
worked on for a run that is no more.
"""

from __future__ import annotations

import _thread
import os
import pickle
import queue
import signal
import threading
import time
import traceback
from multiprocessing.connection import Connection
from types import FrameType

__all__ = ["FILM", "GIVE_UP", "JOB", "QUIT", "STOP", "Wire", "serve"]

#: The first byte of what a worker is told: the job and the place, a film, end what you do now, drop what you do now, no more films.
JOB, FILM, STOP, GIVE_UP, QUIT = b"j", b"f", b"s", b"x", b"q"

#: How long a worker may take to clear away what it has begun.
_LEAVE_S = 10.0

#: What numpy's, scipy's and other libraries read once, when they are loaded.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS")


class Wire:
    """A connection over which several threads may send."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, *message: object) -> None:
        """Send a message as one."""
        data = pickle.dumps(message)
        with self._lock:
            self._connection.send_bytes(data)


class _Orders:
    """Listens to the connection in a thread of its own, so that a stop is heard while a film is worked on."""

    def __init__(self, connection: Connection) -> None:
        self.todo: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.stop = threading.Event()
        self.given_up = threading.Event()
        self._connection = connection

    def listen(self) -> None:
        while True:
            try:
                order = self._connection.recv_bytes()
            except (EOFError, OSError):
                # Whoever asked is gone, and a half-done film helps nobody.
                self._drop()
                time.sleep(_LEAVE_S)
                os._exit(1)
            if order[:1] in (JOB, FILM):
                self.todo.put(order)
            elif order == STOP:
                self.stop.set()
            elif order == GIVE_UP:
                self._drop()
            else:
                self.todo.put(None)

    def _drop(self) -> None:
        """Have the film that is worked on dropped, with what was written of it."""
        self.given_up.set()
        self.todo.put(None)
        _thread.interrupt_main()

    def interrupted(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl-C in a terminal reaches every process in it; what it means is for the first one to say."""
        if self.given_up.is_set():
            raise KeyboardInterrupt


def serve(connection: Connection, threads: int) -> None:
    """Work on films until there are no more; the target of a worker process."""
    orders = _Orders(connection)
    signal.signal(signal.SIGINT, orders.interrupted)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    threading.Thread(target=orders.listen, name="orders", daemon=True).start()
    code = 1
    try:
        _work(orders, Wire(connection), threads)
        code = 0
    except (KeyboardInterrupt, OSError):
        # Dropped, or the other end is gone.
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        # Everything is written and sent; taking the libraries down one by one would only take time.
        os._exit(code)


def _work(orders: _Orders, wire: Wire, threads: int) -> None:
    first = orders.todo.get()
    if first is None:
        return
    import cv2

    from formcheck.batch.film import STOPPED, FilmTask, failure, work_film
    from formcheck.progress import Progress

    cv2.setNumThreads(threads)
    job, place = pickle.loads(first[1:])
    wire.send("ready")
    while (order := orders.todo.get()) is not None:
        task: FilmTask = pickle.loads(order[1:])

        def tell(progress: Progress, number: int = task.number) -> None:
            wire.send("at", number, progress)

        try:
            result = work_film(task, job, place, tell, orders.stop)
        except KeyboardInterrupt:
            if orders.given_up.is_set():
                return
            result = failure(task, job, "stopped before anything was measured.", STOPPED, "stopped", interrupted=True)
        except Exception as error:
            # Only when every detail of a surprise is wanted.
            traceback.print_exc()
            result = failure(task, job, f"{type(error).__name__}: {error}", 1)
        wire.send("done", result)
