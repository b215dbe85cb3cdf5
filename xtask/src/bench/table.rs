//! A table, for a terminal and for a document.

/// Rows of cells; the first row is the header.
pub(super) struct Table(pub(super) Vec<Vec<String>>);

impl Table {
    /// Columns lined up by spaces.
    pub(super) fn plain(&self) -> String {
        self.lines("", "  ", "")
    }

    /// A Markdown table that reads as well in its source.
    pub(super) fn markdown(&self) -> String {
        let text = self.lines("| ", " | ", " |");
        let Some((header, rows)) = text.split_once('\n') else { return text };
        let rules: Vec<String> = self.widths().iter().map(|width| "-".repeat(width + 2)).collect();
        format!("{header}\n|{}|\n{rows}", rules.join("|"))
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| cell.chars().count());
        (0..columns).map(|column| self.0.iter().map(|row| cell(row, column)).max().unwrap_or(0)).collect()
    }

    fn lines(&self, start: &str, between: &str, end: &str) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for row in &self.0 {
            let cells: Vec<String> = widths
                .iter()
                .enumerate()
                .map(|(column, width)| format!("{:width$}", row.get(column).map_or("", String::as_str)))
                .collect();
            let line = format!("{start}{}{end}", cells.join(between));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table(vec![
            vec!["server".into(), "µs".into()],
            vec!["nginx".into(), "64".into()],
            vec!["collector, accept".into()],
        ])
    }

    #[test]
    fn columns_line_up_on_a_terminal() {
        assert_eq!(
            table().plain(),
            "server             µs\n\
             nginx              64\n\
             collector, accept\n"
        );
    }

    #[test]
    fn a_document_gets_the_same_as_markdown() {
        assert_eq!(
            table().markdown(),
            "| server            | µs |\n\
             |-------------------|----|\n\
             | nginx             | 64 |\n\
             | collector, accept |    |\n"
        );
    }
}
