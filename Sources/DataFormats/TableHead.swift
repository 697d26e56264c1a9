import Prose

/// The columns of a text table: which of its cells they are, and what they are called.
struct TableHead {
  /// Whether the first row names the columns.
  let isFirstRow: Bool
  /// Cells in a row.
  let width: Int
  /// Which of them are columns.
  let positions: [Int]
  /// What they are called; nil if nothing says so.
  let names: [String]?
  /// What was recognised that a user may want to know.
  let notices: [Notice]

  init(_ sample: TextSample, _ header: TextFormat.Header, path: String) throws(DataFormatError) {
    let first = sample.rows[0]
    let body = sample.rows.dropFirst()
    var notices: [Notice] = []

    // R's write.table does not name the column of row names.
    let isShifted =
      header != .absent && first.count > 1 && !body.isEmpty && body.allSatisfy { $0.count == first.count + 1 }
    let isText = first.contains { CSVNumber($0, decimal: sample.decimal) == .text }
    let isNumbered = Self.isNumbered(first, body)
    isFirstRow =
      switch header {
      case .detected: isText || isShifted || isNumbered
      case .present: true
      case .absent: false
      }
    width = isShifted ? first.count + 1 : first.count

    guard isFirstRow else {
      positions = Array(0..<width)
      names = header == .detected ? try Self.namesInComment(sample, width: width) : nil
      if names != nil { notices.append(Notice("the columns of \(fileName(path)) are named in its comment")) }
      self.notices = notices
      return
    }
    if isNumbered, !isText, header == .detected {
      notices.append(
        Notice(
          "the first row of \(fileName(path)) counts 0, 1, … and is taken for names", otherwise: .header("no")
        ))
    }
    var left = Array((isShifted ? 1 : 0)..<width)
    let texts = first.map(\.text)
    func name(_ position: Int) -> String { texts[position - (isShifted ? 1 : 0)] }
    if isShifted || (width > 1 && name(0).isEmpty) {
      left.removeAll { $0 == 0 }
      notices.append(Notice("the first column of \(fileName(path)) has no name and is left out"))
    }
    // Separators at the end of every line make a column of nothing.
    let nothing = left.filter { position in
      name(position).isEmpty && !body.isEmpty
        && body.allSatisfy { $0.count > position && $0[position].bytes.isEmpty }
    }
    if !nothing.isEmpty, nothing.count < left.count {
      left.removeAll(where: nothing.contains)
      notices.append(
        Notice(
          "\(nothing.count == 1 ? "a column" : "\(nothing.count) columns") of \(fileName(path)) without name and cells "
            + "\(nothing.count == 1 ? "is" : "are") left out"))
    }
    positions = left
    let chosen = left.map(name)
    if let unnamed = zip(left, chosen).first(where: { $0.1.isEmpty }) {
      throw .unnamedColumn(file: path, position: unnamed.0 + 1)
    }
    var seen: Set<String> = []
    for name in chosen where !seen.insert(name).inserted {
      throw .duplicateColumn(
        file: path, name: name, positions: zip(left, chosen).filter { $0.1 == name }.map { $0.0 + 1 })
    }
    names = chosen
    self.notices = notices
  }

  /// Whether the first row counts from zero, as pandas names columns that have no names.
  private static func isNumbered(_ first: [CSVCell], _ body: ArraySlice<[CSVCell]>) -> Bool {
    let hasIndex = first.count > 1 && first[0].bytes.isEmpty
    let labels = first.dropFirst(hasIndex ? 1 : 0).map(\.text)
    guard !body.isEmpty, labels.count > (hasIndex ? 0 : 1),
      labels.enumerated().allSatisfy({ $0.element == "\($0.offset)" })
    else { return false }
    // A first row 0, 1 of a table of zeros and ones is a row as any other.
    return hasIndex || labels.count > 2
      || !body.allSatisfy { $0.allSatisfy { ["0", "1"].contains($0.text) } }
  }

  /// The names in a comment above rows of numbers, as numpy.savetxt writes them.
  private static func namesInComment(_ sample: TextSample, width: Int) throws(DataFormatError) -> [String]? {
    guard let comment = sample.lastComment, width > 1 else { return nil }
    let records = try CSVRecords(MemoryStream(comment), separator: sample.separator, path: "")
    guard let record = try records.nextFilled(), let cells = try? records.cells(of: record),
      cells.count == width,
      cells.allSatisfy({ CSVNumber($0, decimal: sample.decimal) == .text }),
      Set(cells.map(\.text)).count == width
    else { return nil }
    return cells.map(\.text)
  }
}
