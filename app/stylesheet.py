"""The application's one stylesheet, written from the theme's tokens."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from app.icons import icon_folder
from app.tokens import COLOURS

if TYPE_CHECKING:
    from app.theme import Theme

_SHEET = Template("""
QWidget { color: $text; }
QMainWindow, QDialog { background: $window; }
QToolTip { background: $tooltip; color: $on_tooltip; border: 0; padding: 6px 8px; }

*[role="heading"] { font-size: ${heading}pt; font-weight: 600; }
*[role="small"] { font-size: ${small}pt; color: $text_muted; }
*[role="muted"] { color: $text_muted; }
*[role="danger"] { color: $danger; }
*[role="warning"] { color: $warning; }
*[role="surface"] { background: $surface; }
*[role="card"] { background: $surface; border: 1px solid $line; border-radius: 8px; }
*[role="card"]:hover, *[role="card"]:focus { border-color: $accent; }
QFrame[role="popup"] { background: $raised; border: 1px solid $input; border-radius: 8px; }
QMessageBox QLabel#qt_msgbox_label, QMessageBox QLabel#qt_msgbox_informativelabel { min-width: 320px; }
QFrame[role="toast"] { background: $raised; border: 1px solid $input; border-radius: 8px; }
QFrame[role="banner"] { background: $warning_surface; border: 0; border-bottom: 1px solid $line; }
*[role="window"] { background: $window; }

QPushButton, QToolButton { background: $surface; border: 1px solid $line; border-radius: 6px; padding: 5px 12px; }
QPushButton { min-height: 18px; }
QToolButton { padding: 5px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked { background: $pressed; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $text_faint; background: transparent; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:pressed { background: $accent_pressed; }
QPushButton[role="primary"]:focus { border-color: $text; }
QPushButton[role="primary"]:disabled { background: $sunken; color: $text_faint; border-color: $line; }
QPushButton[role="danger"] { color: $danger; border-color: $danger; }
QPushButton[role="quiet"], QToolButton[role="quiet"], QToolBar QToolButton {
  background: transparent; border-color: transparent; }
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover, QToolBar QToolButton:hover { background: $hover; }
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus, QToolBar QToolButton:focus { border-color: $accent; }
QToolButton[role="quiet"]:checked, QToolBar QToolButton:checked { background: $pressed; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton[popupMode="1"] { padding-right: 16px; }
QToolButton[popupMode="2"] { padding-right: 16px; }
QToolButton[popupMode="2"]::menu-indicator { image: url($icons/down-$mode.svg); width: 12px;
  subcontrol-position: right center; right: 3px; }
QToolButton::menu-button { border: 0; width: 14px; }
QToolButton::menu-arrow { image: url($icons/down-$mode.svg); width: 12px; height: 12px; }

QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
  background: $surface; border: 1px solid $input; border-radius: 6px; padding: 4px 8px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit, QAbstractSpinBox, QComboBox { min-height: 18px; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $line_strong; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border-color: $accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $text_faint; background: $window; }
*[invalid="true"], *[invalid="true"]:hover, *[invalid="true"]:focus, QLineEdit[invalid="true"]:hover,
QLineEdit[invalid="true"]:focus, QComboBox[invalid="true"]:hover, QComboBox[invalid="true"]:focus,
QAbstractSpinBox[invalid="true"]:hover, QAbstractSpinBox[invalid="true"]:focus { border-color: $danger; }
QPlainTextEdit[role="log"] { border: 0; border-radius: 0; background: transparent; font-family: "$mono"; }
QAbstractSpinBox { padding-right: 22px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  background: transparent; border: 0; width: 20px; subcontrol-origin: border; }
QAbstractSpinBox::up-button { subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; }
QAbstractSpinBox::up-arrow { image: url($icons/up-$mode.svg); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url($icons/down-$mode.svg); width: 10px; height: 10px; }
QComboBox { padding-right: 22px; combobox-popup: 0; }
QComboBox::drop-down { border: 0; width: 22px; }
QComboBox::down-arrow { image: url($icons/down-$mode.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line; padding: 4px; outline: 0; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 6px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected { background: $selection; color: $text; }

QDialogButtonBox, QMessageBox, QDialog { dialogbuttonbox-buttons-have-icons: 0; }
QCheckBox, QRadioButton { spacing: 8px; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $line_strong;
  background: $surface; border-radius: 4px; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover,
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($icons/check-$mode.svg); }
QCheckBox::indicator:indeterminate { background: $accent; border-color: $accent; image: url($icons/dash-$mode.svg); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url($icons/radio-$mode.svg); }

QAbstractItemView { background: $surface; border: 0; outline: 0; alternate-background-color: $surface;
  selection-background-color: $selection; selection-color: $text; }
QTreeView::item, QTableView::item, QListView::item { padding: 3px 6px; border: 0; }
QTreeView::item:hover, QTableView::item:hover, QListView::item:hover { background: $hover; }
QTreeView::item:selected, QTableView::item:selected, QListView::item:selected { background: $selection; color: $text; }
QTreeView::branch:selected { background: $selection; }
QTreeView::branch:has-children:closed { image: url($icons/right-$mode.svg); }
QTreeView::branch:has-children:open { image: url($icons/down-$mode.svg); }
QHeaderView { background: $surface; border: 0; }
QHeaderView::section { background: $surface; color: $text_muted; border: 0; border-bottom: 1px solid $line;
  padding: 5px 6px; font-size: ${small}pt; }
QTableCornerButton::section { background: $surface; border: 0; }

QTabWidget::pane { border: 0; }
QTabWidget[role="surface"], QTabWidget[role="surface"] > QStackedWidget, QSplitter[role="surface"] {
  background: $surface; }
QTabBar { background: transparent; border: 0; }
QTabBar::tab { background: transparent; color: $text_muted; border: 0; border-bottom: 2px solid transparent;
  padding: 7px 12px 5px 12px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { background: $hover; }

QMenuBar { background: $window; padding: 2px 4px; }
QMenuBar::item { background: transparent; padding: 4px 10px; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $text_faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QToolBar { background: $window; border: 0; padding: 4px 8px; spacing: 4px; }
QToolBar::separator { background: $line; width: 1px; margin: 6px 6px; }
QStatusBar { background: $window; color: $text_muted; }
QStatusBar::item { border: 0; }

QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: $accent; }
QFrame[role="separator"] { background: $line; border: 0; max-height: 1px; min-height: 1px; }

QScrollArea { border: 0; background: transparent; }
QAbstractScrollArea::corner { border: 0; background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $line_strong; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: $sunken; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider::groove:horizontal { height: 4px; background: $pressed; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $accent; }
QSlider::handle:horizontal:focus { background: $accent_hover; border: 2px solid $text; }
QGroupBox { border: 0; margin-top: 20px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }
""")


def stylesheet(theme: Theme) -> str:
    """Return the stylesheet of the mode in force."""
    colours = COLOURS[theme.mode]
    return _SHEET.substitute(
        colours,
        mode=theme.mode,
        input=colours["line_strong"],
        scroll=colours["pressed"],
        mono=theme.font("mono").family(),
        icons=(icon_folder() / "indicators").as_posix(),
        heading=f"{theme.font('heading').pointSizeF():.1f}",
        small=f"{theme.font('small').pointSizeF():.1f}",
    )
