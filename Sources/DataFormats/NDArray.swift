import LinearAlgebra

/// An array of doubles with any number of dimensions, the last index running fastest (C order).
public struct NDArray: Equatable, Sendable {
  /// The lengths of the dimensions; empty for a single number.
  public let shape: [Int]
  /// The entries; `count` is the product of the shape.
  public let values: [Double]

  /// The array of a shape with the given entries, the last index running fastest.
  public init(shape: [Int], values: [Double]) {
    precondition(
      product(shape) == values.count, "an array of shape \(shape) does not have \(values.count) entries")
    self.shape = shape
    self.values = values
  }

  /// The one-dimensional array with the given entries.
  public init(_ vector: [Double]) { self.init(shape: [vector.count], values: vector) }

  /// The two-dimensional array with the entries of a matrix.
  public init(_ A: Matrix) { self.init(shape: [A.rows, A.columns], values: A.transpose.storage) }

  /// The matrix with these entries; a one-dimensional array is one column. Nil for other dimensions.
  public var matrix: Matrix? {
    switch shape.count {
    case 1: .column(values)
    case 2: Matrix(rows: shape[1], columns: shape[0], storage: values).transpose
    default: nil
    }
  }

  /// The index of the entry at a position of `values`.
  func index(of position: Int) -> [Int] { NDArray.index(of: position, shape: shape) }

  static func index(of position: Int, shape: [Int]) -> [Int] {
    var rest = position
    var index: [Int] = []
    for length in shape.reversed() {
      index.append(rest % max(length, 1))
      rest /= max(length, 1)
    }
    return index.reversed()
  }
}

extension NDArray {
  /// The array over `count` elements at `bytes`, which must be there.
  init(
    decoding bytes: UnsafeRawPointer, type: ElementType, order: ByteOrder, shape: [Int], layout: Layout
  ) {
    let count = product(shape)!
    let stored = [Double](unsafeUninitializedCapacity: count) { values, initialized in
      if count > 0 { type.decode(bytes, count: count, order: order, into: values.baseAddress!) }
      initialized = count
    }
    self.init(shape: shape, values: layout == .rowMajor ? stored : Self.rowMajor(stored, shape: shape))
  }

  /// Reorders entries stored with the first index running fastest.
  private static func rowMajor(_ stored: [Double], shape: [Int]) -> [Double] {
    guard shape.count > 1, !stored.isEmpty else { return stored }
    var strides = [1]
    for length in shape.dropLast() { strides.append(strides.last! * length) }
    var index = [Int](repeating: 0, count: shape.count)
    var source = 0
    return (0..<stored.count).map { _ in
      let value = stored[source]
      for k in shape.indices.reversed() {
        index[k] += 1
        source += strides[k]
        if index[k] < shape[k] { break }
        source -= strides[k] * shape[k]
        index[k] = 0
      }
      return value
    }
  }

  /// Refuses NaN and infinities.
  func requiringFinite(file: String, array: String?) throws(DataFormatError) -> NDArray {
    if let position = values.withUnsafeBufferPointer({ firstNonFinite($0) }) {
      throw .nonFiniteEntry(
        file: file, array: array, index: index(of: position), value: "\(values[position])")
    }
    return self
  }
}

/// Which index runs fastest in memory: the last (C order) or the first (Fortran order).
enum Layout { case rowMajor, columnMajor }
