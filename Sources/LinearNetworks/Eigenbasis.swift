import LinearAlgebra

/// E: the eigenvectors of X Xᵀ as the columns of an orthogonal matrix, those of the largest eigenvalues first.
package struct Eigenbasis: Sendable {
  private enum Form {
    case dense(Matrix)
    /// Q diag(A, I), where X has k columns or fewer in effect: Q in the form of k reflections, A: k × k.
    case reflected(HouseholderBasis, Matrix)
  }

  private let form: Form

  /// The given matrix.
  package init(_ E: Matrix) { form = .dense(E) }

  /// Q diag(A, I).
  package init(_ Q: HouseholderBasis, _ A: Matrix) { form = .reflected(Q, A) }

  /// E as it stands, dx × dx.
  package var matrix: Matrix {
    switch form {
    case .dense(let E): E
    case .reflected(let Q, _): coordinates(of: .identity(Q.order))
    }
  }

  /// E, where it is at hand as a matrix.
  package var denseMatrix: Matrix? { if case .dense(let E) = form { E } else { nil } }

  /// W E.
  package func coordinates(of W: Matrix) -> Matrix {
    switch form {
    case .dense(let E): return W * E
    case .reflected(let Q, let A):
      let turned = Q.product(of: W, .plain)
      return (turned.columns(0..<A.rows) * A).appendingColumns(turned.columns(A.rows..<W.columns))
    }
  }

  /// V Eᵀ.
  package func matrix(withCoordinates V: Matrix) -> Matrix {
    switch form {
    case .dense(let E): return Matrix.product(V, .plain, E, .transposed)
    case .reflected(let Q, let A):
      let leading = Matrix.product(V.columns(0..<A.rows), .plain, A, .transposed)
      return Q.product(of: leading.appendingColumns(V.columns(A.rows..<V.columns)), .transposed)
    }
  }

  /// E B.
  package func product(with B: Matrix) -> Matrix {
    switch form {
    case .dense(let E): E * B
    case .reflected: matrix(withCoordinates: B.transpose).transpose
    }
  }
}
