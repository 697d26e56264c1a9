extension Matrix {
  /// Sets of indices with no entry between them that is not zero: a permutation of rows and columns makes a square matrix block diagonal with these blocks.
  package var diagonalBlocks: [[Int]] {
    precondition(rows == columns, "a \(rows)×\(columns) matrix has no diagonal blocks")
    var sets = DisjointSets(count: rows)
    for j in 0..<columns {
      for i in 0..<rows where self[i, j] != 0 { sets.join(i, j) }
    }
    return sets.sets
  }

  /// The singular value decomposition of a square matrix that keeps exact zeros: each of its ``diagonalBlocks`` is decomposed by itself, so that a singular vector is zero
  /// outside its block. Vectors of equal singular values of two blocks are those of the blocks, and not a mixture that LAPACK would be free to choose.
  package var blockSingularValueDecomposition: (U: Matrix, singularValues: [Double], V: Matrix) {
    let blocks = diagonalBlocks
    guard blocks.count > 1 else {
      let svd = singularValueDecomposition
      return (svd.U, svd.singularValues, svd.V)
    }
    let parts = blocks.map { block in
      Matrix(block.count, block.count) { self[block[$0], block[$1]] }.singularValueDecomposition
    }
    let order = parts.indices.flatMap { k in parts[k].singularValues.indices.map { (part: k, place: $0) } }
      .sorted {
        let (a, b) = (parts[$0.part].singularValues[$0.place], parts[$1.part].singularValues[$1.place])
        return a != b ? a > b : ($0.part, $0.place) < ($1.part, $1.place)
      }
    var (U, V) = (Matrix(zeros: rows, rows), Matrix(zeros: rows, rows))
    for (j, source) in order.enumerated() {
      for (i, row) in blocks[source.part].enumerated() {
        U[row, j] = parts[source.part].U[i, source.place]
        V[row, j] = parts[source.part].V[i, source.place]
      }
    }
    return (U, order.map { parts[$0.part].singularValues[$0.place] }, V)
  }
}
