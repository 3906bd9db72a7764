"""A picture of the plots as a file: PNG at scale 2, or SVG that stays sharp at any size."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator

from app.plots.canvas import LEFT_WIDTH
from app.plots.metric_plot import MetricPlot
from app.theme import theme

SCALE = 2
_MARGIN = 16


def png_of(plots: Sequence[MetricPlot]) -> bytes:
    """Return the plots, one below the other, as PNG."""
    size = _size(plots)
    image = QImage(size * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(theme().colour("plot"))
    painter = QPainter(image)
    _paint(painter, plots, size)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(content.data())


def svg_of(plots: Sequence[MetricPlot]) -> bytes:
    """Return the plots, one below the other, as SVG."""
    size = _size(plots)
    content = QByteArray()
    buffer = QBuffer(content)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle("Epochal")
    painter = QPainter(generator)
    painter.fillRect(QRect(0, 0, size.width(), size.height()), theme().colour("plot"))
    _paint(painter, plots, size)
    painter.end()
    return bytes(content.data())


def _size(plots: Sequence[MetricPlot]) -> QSize:
    return QSize(plots[0].width() + 2 * _MARGIN, sum(plot.height() for plot in plots) + 2 * _MARGIN)


def _paint(painter: QPainter, plots: Sequence[MetricPlot], size: QSize) -> None:
    top = _MARGIN
    for plot in plots:
        header = plot.canvas.y()
        painter.save()
        painter.translate(_MARGIN + LEFT_WIDTH, top)
        painter.setFont(theme().font("heading"))
        painter.setPen(theme().colour("text"))
        width = plot.title.width()
        painter.drawText(QRect(0, 0, width + 8, 28), Qt.AlignmentFlag.AlignVCenter, plot.group)
        painter.translate(QPointF(width + 16, 2))
        plot.readout.paint_into(painter, size.width() - 2 * _MARGIN - LEFT_WIDTH - width - 16)
        painter.restore()
        place = QRectF(_MARGIN, top + header, plot.canvas.width(), plot.canvas.height())
        plot.canvas.render(painter, place, plot.canvas.viewport().rect())
        top += plot.height()
