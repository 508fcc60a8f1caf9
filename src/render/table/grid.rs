//! A table of cells, as wide as the page at most: one column gives way.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use super::page::Page;
use crate::render::ink::Ink;
use crate::render::layout::{cut, cut_start, width};

/// Blanks between columns.
const GAP: usize = 2;
/// The column that gives way keeps so much.
const LEAST: usize = 8;

/// One cell: its lines, each in its ink.
pub(super) type Cell = Vec<(String, Ink)>;

/// A cell of one line.
pub(super) fn cell(text: impl Into<String>, ink: Ink) -> Cell {
    vec![(text.into(), ink)]
}

/// A cell of one plain line.
pub(super) fn plain(text: impl Into<String>) -> Cell {
    cell(text, Ink::Plain)
}

struct Column {
    title: &'static str,
    alignment: CellAlignment,
}

/// A table that is being filled.
#[derive(Default)]
pub(super) struct Grid {
    columns: Vec<Column>,
    /// The column that gives way.
    flexible: usize,
    /// It is cut at its start, not at its end.
    is_cut_at_start: bool,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// A further column, of text.
    #[must_use]
    pub(super) fn left(mut self, title: &'static str) -> Self {
        self.columns.push(Column { title, alignment: CellAlignment::Left });
        self
    }

    /// A further column, of numbers.
    #[must_use]
    pub(super) fn right(mut self, title: &'static str) -> Self {
        self.columns.push(Column { title, alignment: CellAlignment::Right });
        self
    }

    /// A further column, which is cut where the page is too narrow.
    #[must_use]
    pub(super) fn flexible(mut self, title: &'static str) -> Self {
        self.flexible = self.columns.len();
        self.left(title)
    }

    /// The flexible column holds paths of files, whose ends tell them apart.
    #[must_use]
    pub(super) fn cut_at_start(mut self) -> Self {
        self.is_cut_at_start = true;
        self
    }

    /// This grid with that column, if there is need for it.
    #[must_use]
    pub(super) fn when(self, is_needed: bool, with: impl FnOnce(Self) -> Self) -> Self {
        if is_needed { with(self) } else { self }
    }

    /// A further row, with a cell for each column.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Columns that the column which gives way can have on that page.
    fn room(&self, page: &Page<'_>) -> usize {
        let others = (0..self.columns.len()).filter(|at| *at != self.flexible).map(|at| self.natural(at) + GAP).sum();
        page.width().saturating_sub(others).max(LEAST)
    }

    fn natural(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at)).flatten().map(|(text, _)| width(text));
        cells.chain([width(self.columns[at].title)]).max().unwrap_or(0)
    }

    /// Writes it.
    pub(super) fn draw(self, page: &mut Page<'_>) {
        let room = self.room(page);
        let rule = page.glyph("─", "-").chars().next().unwrap_or('-');
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill(rule)));
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(page.width()).unwrap_or(u16::MAX));
        table.set_header(self.columns.iter().map(|column| Ink::Dim.paint(column.title)));
        for row in &self.rows {
            table.add_row(row.iter().enumerate().map(|(at, cell)| {
                let most = if at == self.flexible { room } else { usize::MAX };
                let cut = if self.is_cut_at_start { cut_start } else { cut };
                let lines: Vec<_> = cell.iter().map(|(text, ink)| ink.paint(&cut(text, most, page.ellipsis()))).collect();
                lines.join("\n")
            }));
        }
        let last = self.columns.len().saturating_sub(1);
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if at == last { 0 } else { 2 }));
            column.set_cell_alignment(self.columns.get(at).map_or(CellAlignment::Left, |column| column.alignment));
        }
        for line in table.lines() {
            page.line(line.trim_end());
        }
    }
}
