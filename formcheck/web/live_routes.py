"""The connection of a live session: pictures and presses in, screens, poses and cues out."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from formcheck.errors import FormcheckError, InputError
from formcheck.web.api import told
from formcheck.web.guard import CLOSED_FORBIDDEN
from formcheck.web.live_messages import event_of, frame_of, hello_of, message_of
from formcheck.web.live_room import Room
from formcheck.web.live_rooms import Busy, Rooms
from formcheck.web.services import Services

__all__ = ["CLOSED_BUSY", "CLOSED_MALFORMED", "routes"]

CLOSED_MALFORMED, CLOSED_BUSY = 4400, 4409
_HELLO_S = 10.0
#: More messages than this wait only when the page does not read them; poses are then left out, which are overtaken anyway.
_MOST_WAITING = 32


def routes(services: Services, rooms: Rooms) -> list[BaseRoute]:
    """The connection, and what is known of sessions that broke off."""

    async def live(socket: WebSocket) -> None:
        await _Line(socket, services, rooms).hold()

    def state(request: Request) -> Response:
        return JSONResponse({"busy": rooms.is_busy, "waiting": rooms.waiting, "unfinished": rooms.unfinished(), "token": services.token})

    def keep(request: Request) -> Response:
        kept = rooms.keep_unfinished(request.path_params["id"])
        if kept is None:
            raise HTTPException(404, "there is no such session.")
        return JSONResponse(kept)

    def discard(request: Request) -> Response:
        if not rooms.discard(request.path_params["id"]):
            raise HTTPException(404, "there is no such session.")
        return JSONResponse({"deleted": 1})

    return [
        WebSocketRoute("/ws/live", live),
        Route("/api/live", told(state), methods=["GET"]),
        Route("/api/live/{id}/keep", told(keep), methods=["POST"]),
        Route("/api/live/{id}", told(discard), methods=["DELETE"]),
    ]


class _Line:
    """One connection from its hello to its end."""

    def __init__(self, socket: WebSocket, services: Services, rooms: Rooms) -> None:
        self._socket, self._services, self._rooms = socket, services, rooms
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._room: Room | None = None
        self._send: Callable[[dict[str, Any]], None] = self._from_session

    async def hold(self) -> None:
        await self._socket.accept()
        sender = asyncio.create_task(self._sending())
        try:
            await self._converse()
        except WebSocketDisconnect:
            pass
        except InputError as error:
            await self._end(CLOSED_MALFORMED, str(error))
        except Busy as error:
            await self._end(CLOSED_BUSY, str(error))
        finally:
            sender.cancel()
            if self._room is not None:
                self._room.detach(self._send)
                if not self._room.done.is_set():
                    self._rooms.left(self._room)

    async def _converse(self) -> None:
        try:
            hello = hello_of(message_of(await asyncio.wait_for(self._text(), _HELLO_S)))
        except TimeoutError:
            raise InputError("a page says hello first.") from None
        if not secrets.compare_digest(hello.token.encode(), self._services.token.encode()):
            await self._end(CLOSED_FORBIDDEN, "the page is out of date; load it again.")
            return
        if hello.resume is not None:
            await self._come_back(hello.resume)
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("bytes") is not None:
                frame = frame_of(message["bytes"])
                if self._room is not None:
                    self._room.feed.offer(frame.number, frame.page_ms, frame.jpeg)
            else:
                await self._hear(message_of(message.get("text") or ""))

    async def _text(self) -> str:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(1000)
        return str(message.get("text") or "")

    async def _come_back(self, session_id: str) -> None:
        try:
            room = await run_in_threadpool(self._rooms.come_back, session_id)
        except Busy:
            raise
        except FormcheckError as error:
            self._send({"type": "gone", "error": str(error)})
            return
        if room is None:
            self._send({"type": "gone", "error": ""})
            return
        self._room = room
        room.attach(self._send)

    async def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "choose":
            if self._room is not None and not self._room.done.is_set():
                raise InputError("a session is going on already.")
            try:
                room = await run_in_threadpool(self._rooms.begin, message)
            except Busy:
                raise
            except FormcheckError as error:
                self._send({"type": "error", "error": str(error)})
                return
            self._room = room
            room.attach(self._send)
            return
        event = event_of(message)
        if self._room is not None:
            self._room.press(event)

    def _from_session(self, message: dict[str, Any]) -> None:
        """Called from any thread."""
        self._loop.call_soon_threadsafe(self._put, message)

    def _put(self, message: dict[str, Any]) -> None:
        if message["type"] != "pose" or self._out.qsize() < _MOST_WAITING:
            self._out.put_nowait(message)

    async def _sending(self) -> None:
        while True:
            message = await self._out.get()
            await self._socket.send_json(message)

    async def _end(self, code: int, why: str) -> None:
        try:
            await self._socket.send_json({"type": "error", "error": why})
            await self._socket.close(code, why[:120])
        except (RuntimeError, WebSocketDisconnect):
            return
