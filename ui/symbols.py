"""The screen's symbols, drawn as vectors on a grid of 24 so that they are sharp at every size."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from booth.domain.calibrating import Step
from booth.domain.device import DeviceState
from booth.domain.terms import DamageType, DispositionKind, Outcome, Part, Severity
from ui import strokes
from ui.strokes import Circles, Squares, Strokes


class Symbol(Enum):
    """Everything that can stand beside a word."""

    OK = "ok"
    DAMAGED = "damaged"
    UNSURE = "unsure"
    BUSY = "busy"
    PLACE = "place"
    HOLD = "hold"
    REMOVE = "remove"
    TICK = "tick"
    CROSS = "cross"
    BACK = "back"
    UNDO = "undo"
    CLOCK = "clock"
    TAG = "tag"
    BOX = "box"
    POLYGON = "polygon"
    HEAT = "heat"
    SEARCH = "search"
    CAMERA = "camera"
    ERASE = "erase"
    NEXT = "next"
    CRUSH = "crush"
    TEAR = "tear"
    HOLE = "hole"
    APART = "apart"
    DROP = "drop"
    MISSING = "missing"
    MINOR = "minor"
    MAJOR = "major"
    ITEM = "item"
    CARTON = "carton"
    PERCENT = "percent"
    REPAIR = "repair"
    HEART = "heart"
    BIN = "bin"
    BARRIER = "barrier"
    GEAR = "gear"
    PLUG = "plug"
    BOARD = "board"
    LENS = "lens"
    ARRAY = "array"
    PLANE = "plane"
    LAYERS = "layers"
    COLOUR = "colour"
    LIGHT = "light"
    FOCUS = "focus"
    EXPOSURE = "exposure"
    DRIFT = "drift"
    EDIT = "edit"
    SCALE = "scale"
    SCANNER = "scanner"
    BEACON = "beacon"


BY_OUTCOME = {Outcome.OK: Symbol.OK, Outcome.DAMAGED: Symbol.DAMAGED, Outcome.UNSURE: Symbol.UNSURE}
BY_DAMAGE = {
    DamageType.CRUSH: Symbol.CRUSH,
    DamageType.TEAR: Symbol.TEAR,
    DamageType.HOLE: Symbol.HOLE,
    DamageType.DECONSTRUCTION: Symbol.APART,
    DamageType.SPILLAGE: Symbol.DROP,
    DamageType.MISSING_UNIT: Symbol.MISSING,
}
BY_SEVERITY = {Severity.MINOR: Symbol.MINOR, Severity.MAJOR: Symbol.MAJOR}
BY_PART = {Part.PRODUCT: Symbol.ITEM, Part.PACKAGING: Symbol.CARTON}
BY_DISPOSITION = {
    DispositionKind.SELL: Symbol.TAG,
    DispositionKind.DISCOUNT: Symbol.PERCENT,
    DispositionKind.REFURBISH: Symbol.REPAIR,
    DispositionKind.DONATE: Symbol.HEART,
    DispositionKind.DISPOSE: Symbol.BIN,
    DispositionKind.ISOLATE: Symbol.BARRIER,
}

BY_STEP = {
    Step.INTRINSICS: Symbol.LENS,
    Step.STEREO: Symbol.ARRAY,
    Step.ARRAY: Symbol.ARRAY,
    Step.TRAY: Symbol.PLANE,
    Step.DEPTH: Symbol.LAYERS,
    Step.COLOUR: Symbol.COLOUR,
    Step.LIGHT: Symbol.LIGHT,
    Step.FOCUS: Symbol.FOCUS,
    Step.EXPOSURE: Symbol.EXPOSURE,
    Step.DRIFT: Symbol.DRIFT,
}
BY_DEVICE_STATE = {
    DeviceState.OPENING: Symbol.BUSY,
    DeviceState.LIVE: Symbol.OK,
    DeviceState.STALE: Symbol.UNSURE,
    DeviceState.LOST: Symbol.DAMAGED,
}

_STROKES: dict[Symbol, Strokes] = {
    Symbol.PLACE: [
        [(12, 2.5), (12, 13)],
        [(7.5, 9), (12, 13.5), (16.5, 9)],
        [(3, 15), (3, 20.5), (21, 20.5), (21, 15)],
    ],
    Symbol.REMOVE: [
        [(12, 14), (12, 3.5)],
        [(7.5, 8), (12, 3.5), (16.5, 8)],
        [(3, 15), (3, 20.5), (21, 20.5), (21, 15)],
    ],
    Symbol.HOLD: [[(8, 5), (8, 19)], [(16, 5), (16, 19)]],
    Symbol.TICK: [[(4.5, 12.5), (10, 18), (19.5, 6.5)]],
    Symbol.CROSS: [[(6, 6), (18, 18)], [(18, 6), (6, 18)]],
    Symbol.BACK: [[(11, 5), (4, 12), (11, 19)], [(4.5, 12), (20, 12)]],
    Symbol.NEXT: [[(13, 5), (20, 12), (13, 19)], [(19.5, 12), (4, 12)]],
    Symbol.TAG: [[(3, 12.5), (3, 3), (12.5, 3), (21, 11.5), (11.5, 21), (3, 12.5)], [(7.4, 7.4), (7.6, 7.6)]],
    Symbol.BOX: [[(4, 5), (20, 5), (20, 19), (4, 19), (4, 5)]],
    Symbol.POLYGON: [[(5, 9), (13, 3.5), (20.5, 9.5), (17, 19.5), (7, 18), (5, 9)]],
    Symbol.ERASE: strokes.ERASE,
    Symbol.CAMERA: [[(3, 7), (7.5, 7), (9, 4.5), (15, 4.5), (16.5, 7), (21, 7), (21, 19), (3, 19), (3, 7)]],
    Symbol.CRUSH: strokes.CRUSH,
    Symbol.TEAR: strokes.TEAR,
    Symbol.HOLE: [[(4, 4), (20, 4), (20, 20), (4, 20), (4, 4)]],
    Symbol.APART: strokes.APART,
    Symbol.MISSING: strokes.MISSING,
    Symbol.MINOR: [[(6, 19), (6, 12)], [(12, 19), (12, 18.9)], [(18, 19), (18, 18.9)]],
    Symbol.MAJOR: [[(6, 19), (6, 12)], [(12, 19), (12, 9.5)], [(18, 19), (18, 5)]],
    Symbol.ITEM: strokes.ITEM,
    Symbol.CARTON: strokes.CARTON,
    Symbol.PERCENT: [[(18.5, 5.5), (5.5, 18.5)]],
    Symbol.BIN: strokes.BIN,
    Symbol.BARRIER: strokes.BARRIER,
    Symbol.SEARCH: [[(15, 15), (21, 21)]],
    Symbol.CLOCK: [[(12, 6.5), (12, 12), (16, 14.5)]],
    Symbol.HEAT: [],
    Symbol.GEAR: strokes.GEAR,
    Symbol.PLUG: strokes.PLUG,
    Symbol.BOARD: strokes.BOARD,
    Symbol.ARRAY: strokes.ARRAY,
    Symbol.PLANE: strokes.PLANE,
    Symbol.LAYERS: strokes.LAYERS,
    Symbol.LIGHT: strokes.LIGHT,
    Symbol.FOCUS: strokes.FOCUS,
    Symbol.EXPOSURE: strokes.EXPOSURE,
    Symbol.DRIFT: strokes.DRIFT,
    Symbol.EDIT: strokes.EDIT,
    Symbol.SCALE: strokes.SCALE,
    Symbol.SCANNER: strokes.SCANNER,
    Symbol.BEACON: strokes.BEACON,
}

_SQUARES: dict[Symbol, Squares] = {Symbol.BOARD: strokes.BOARD_SQUARES}
_CIRCLES: dict[Symbol, Circles] = {
    Symbol.GEAR: strokes.GEAR_HOLE,
    Symbol.LENS: strokes.LENS,
    Symbol.ARRAY: strokes.ARRAY_NODES,
    Symbol.COLOUR: strokes.COLOUR,
    Symbol.LIGHT: strokes.LIGHT_DISC,
    Symbol.FOCUS: strokes.FOCUS_POINT,
    Symbol.EXPOSURE: strokes.EXPOSURE_RING,
    Symbol.SCALE: strokes.SCALE_DIAL,
    Symbol.HOLE: [(12, 12, 3.6)],
    Symbol.CAMERA: [(12, 13, 3.6)],
    Symbol.PERCENT: [(7.5, 7.5, 2.8), (16.5, 16.5, 2.8)],
    Symbol.SEARCH: [(10.5, 10.5, 6.5)],
    Symbol.CLOCK: [(12, 12, 9.5)],
    Symbol.HEAT: [(12, 12, 9.5), (12, 12, 5.6), (12, 12, 1.4)],
    Symbol.BUSY: [(5, 12, 1.2), (12, 12, 1.2), (19, 12, 1.2)],
}


def draw(painter: QPainter, symbol: Symbol, where: QRectF, colour: QColor) -> None:
    """Draw `symbol` into the square `where`; outcome symbols are filled shapes with a white sign."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(where.topLeft())
    painter.scale(where.width() / 24, where.height() / 24)
    match symbol:
        case Symbol.OK | Symbol.DAMAGED | Symbol.UNSURE:
            _draw_outcome(painter, symbol, colour)
        case _:
            _draw_strokes(painter, symbol, colour)
    painter.restore()


def _draw_strokes(painter: QPainter, symbol: Symbol, colour: QColor) -> None:
    painter.setPen(_pen(colour, 3.0 if symbol in (Symbol.TICK, Symbol.CROSS, Symbol.HOLD) else 2.0))
    painter.setBrush(colour if symbol is Symbol.BUSY else Qt.BrushStyle.NoBrush)
    for stroke in _STROKES.get(symbol, []):
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in stroke]))
    for x, y, radius in _CIRCLES.get(symbol, []):
        painter.drawEllipse(QPointF(x, y), radius, radius)
    for left, top, side in _SQUARES.get(symbol, []):
        painter.fillRect(QRectF(left, top, side, side), colour)
    curve = _CURVES.get(symbol)
    if curve is not None:
        painter.drawPath(curve())


def _draw_outcome(painter: QPainter, symbol: Symbol, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if symbol is Symbol.OK:
        painter.drawEllipse(QPointF(12, 12), 11, 11)
    else:
        sides, turn = (8, math.pi / 8) if symbol is Symbol.DAMAGED else (4, 0.0)
        radius = 11.6 if symbol is Symbol.DAMAGED else 12.0
        painter.drawPolygon(_regular(sides, radius, turn))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(QColor("white"), 2.4))
    painter.drawPath(_SIGNS[symbol]())


def _regular(sides: int, radius: float, turn: float) -> QPolygonF:
    angles = [turn + 2 * math.pi * index / sides for index in range(sides)]
    return QPolygonF([QPointF(12 + radius * math.cos(a), 12 + radius * math.sin(a)) for a in angles])


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _path(*strokes: list[tuple[float, float]]) -> QPainterPath:
    path = QPainterPath()
    for stroke in strokes:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in stroke]))
    return path


def _question() -> QPainterPath:
    path = QPainterPath(QPointF(9.2, 9.6))
    path.cubicTo(9.2, 5.4, 15.2, 5.6, 14.9, 9.6)
    path.cubicTo(14.7, 11.6, 12.0, 11.8, 12.0, 14.3)
    path.addPolygon(QPolygonF([QPointF(12, 17.7), QPointF(12, 17.8)]))
    return path


def _drop() -> QPainterPath:
    path = QPainterPath(QPointF(12, 2.5))
    path.cubicTo(15, 7.5, 18.5, 10.5, 18.5, 15)
    path.arcTo(QRectF(5.5, 8.5, 13, 13), 0, -180)
    path.cubicTo(5.5, 10.5, 9, 7.5, 12, 2.5)
    return path


def _heart() -> QPainterPath:
    path = QPainterPath(QPointF(12, 20.5))
    path.cubicTo(-2, 11, 5, 0.5, 12, 7.5)
    path.cubicTo(19, 0.5, 26, 11, 12, 20.5)
    return path


def _repair() -> QPainterPath:
    path = QPainterPath()
    path.arcMoveTo(QRectF(3.5, 3.5, 17, 17), 40)
    path.arcTo(QRectF(3.5, 3.5, 17, 17), 40, 285)
    path.addPolygon(QPolygonF([QPointF(18.9, 2.2), QPointF(18.7, 6.9), QPointF(14.0, 6.8)]))
    return path


def _undo() -> QPainterPath:
    path = QPainterPath(QPointF(4, 9.5))
    path.lineTo(14, 9.5)
    path.arcTo(QRectF(9, 9.5, 10.5, 10), 90, -180)
    path.lineTo(8, 19.5)
    path.addPolygon(QPolygonF([QPointF(8.5, 4.5), QPointF(3.5, 9.5), QPointF(8.5, 14.5)]))
    return path


_SIGNS: dict[Symbol, Callable[[], QPainterPath]] = {
    Symbol.OK: lambda: _path([(7, 12.4), (10.6, 16), (17, 8.4)]),
    Symbol.DAMAGED: lambda: _path([(8, 8), (16, 16)], [(16, 8), (8, 16)]),
    Symbol.UNSURE: _question,
}
_CURVES: dict[Symbol, Callable[[], QPainterPath]] = {
    Symbol.DROP: _drop,
    Symbol.HEART: _heart,
    Symbol.REPAIR: _repair,
    Symbol.UNDO: _undo,
}
