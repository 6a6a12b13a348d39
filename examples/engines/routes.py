"""HTTP routes shaped like the engines': they know the service by its methods only."""

from typing import Any

from fastapi import APIRouter, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse

from .models import (
    CreateMultiCamSessionRequest,
    FocusRequest,
    FocusResult,
    MultiCamAlignRequest,
    MultiCamAlignResult,
    MultiCamAutoCutRequest,
    MultiCamAutoCutResult,
    MultiCamBuildSequenceResult,
    MultiCamSession,
    SessionRequest,
)


def refused(code: str, error: ValueError, status_code: int = 400) -> JSONResponse:
    body = {"error": {"code": code, "message": str(error)}}
    return JSONResponse(body, status_code=status_code)


def application(multicam: Any, focus: Any) -> FastAPI:
    """The routes on services of today's shape: today's own, or the adapter's engines."""
    router = APIRouter(prefix="/video/multicam")

    @router.post("/sessions", response_model=MultiCamSession)
    def create_session(req: CreateMultiCamSessionRequest) -> Any:
        try:
            return multicam.create_session(req)
        except ValueError as error:
            return refused("multicam.invalid_request", error)

    @router.get("/sessions", response_model=list[MultiCamSession])
    def list_sessions(x_tenant_id: str = Header(), project_id: str | None = None) -> Any:
        return multicam.list_sessions(x_tenant_id, project_id=project_id)

    @router.get("/sessions/{session_id}", response_model=MultiCamSession)
    def get_session(session_id: str) -> Any:
        session = multicam.get_session(session_id)
        if session is None:
            return refused("multicam.session_not_found", ValueError("Session not found"), 404)
        return session

    def same_session(session_id: str, req: SessionRequest) -> None:
        if req.session_id != session_id:
            raise HTTPException(400, "Session ID mismatch")

    @router.post("/sessions/{session_id}/align", response_model=MultiCamAlignResult)
    def align_session(session_id: str, req: MultiCamAlignRequest) -> Any:
        same_session(session_id, req)
        try:
            return multicam.align_session(req)
        except ValueError as error:
            return refused("multicam.align_failed", error)

    @router.post(
        "/sessions/{session_id}/build-sequence", response_model=MultiCamBuildSequenceResult
    )
    def build_sequence(session_id: str, req: SessionRequest) -> Any:
        same_session(session_id, req)
        try:
            return multicam.build_sequence(req)
        except ValueError as error:
            return refused("multicam.build_failed", error)

    @router.post("/sessions/{session_id}/auto-cut", response_model=MultiCamAutoCutResult)
    def auto_cut_session(session_id: str, req: MultiCamAutoCutRequest) -> Any:
        same_session(session_id, req)
        try:
            return multicam.auto_cut_sequence(req)
        except ValueError as error:
            return refused("multicam.autocut_failed", error)

    app = FastAPI()
    app.include_router(router)

    @app.post("/video/focus", response_model=FocusResult)
    def calculate_focus(req: FocusRequest) -> Any:
        try:
            result = focus.calculate_focus(req)
        except ValueError as error:
            return refused("focus.failed", error)
        if result is None:
            raise HTTPException(404, "Asset not found")
        return result

    return app
