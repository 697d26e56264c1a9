import DataFormats
import LinearAlgebra
import LinearNetworks
import RunFiles
import TestSupport
import Testing

@Suite struct NetworkFileTests {
  let scratch: Scratch
  /// 2 → 4 → 3 → 1, every shape of its own.
  let layers: [Matrix]

  init() throws {
    scratch = try Scratch()
    var generator = SeededGenerator(seed: 61)
    layers = zip([2, 4, 3], [4, 3, 1]).map { Matrix.gaussian($1, $0, using: &generator) }
  }

  private func file(_ tensors: [(String, NDArray)], name: String = "n.npz") throws -> String {
    let path = scratch.path(name)
    let named = tensors.map { (name: $0.0, array: $0.1) }
    if name.hasSuffix(".npz") {
      try NPZArchive.write(named, to: path)
    } else {
      try SafetensorsFile.write(named, to: path)
    }
    return path
  }

  @Test(arguments: ["n.npz", "n.safetensors"]) func `layers come in the order of the numbers in their names`(
    name: String
  ) throws {
    // 10 stands behind 9, not behind 1.
    let names = ["net.1.weight", "net.9.weight", "net.10.weight"]
    let path = try file(zip(names, layers).map { ($0, NDArray($1)) }.reversed(), name: name)
    let found = try NetworkFile.read(path)
    #expect(found.network.layers == layers)
    #expect(found.layers == names && found.notices.isEmpty)
    #expect(found.order == "net.1.weight 4×2, net.9.weight 3×4, net.10.weight 1×3")
  }

  @Test func `without numbers the shapes tell, if they fit in one way only`() throws {
    let path = try file([
      ("decoder", NDArray(layers[2])), ("encoder", NDArray(layers[0])), ("middle", NDArray(layers[1])),
    ])
    let found = try NetworkFile.read(path)
    #expect(found.layers == ["encoder", "middle", "decoder"])
    #expect(found.network.layers == layers)
    // Numbers that do not fit are no better than none.
    let wrong = try file([("a1", NDArray(layers[2])), ("a2", NDArray(layers[0])), ("a3", NDArray(layers[1]))])
    #expect(try NetworkFile.read(wrong).network.layers == layers)
  }

  @Test func `square layers without numbers are asked for`() throws {
    let (A, B) = (Matrix(rows: [[1, 2], [3, 4]]), Matrix(rows: [[0, 1], [1, 5]]))
    let path = try file([("up", NDArray(A)), ("down", NDArray(B))])
    #expect(throws: RunFileError.ambiguousOrder(file: path, layers: ["down", "up"])) {
      try NetworkFile.read(path)
    }
    let up = try NetworkFile.read(path, NetworkReading(layers: ["up", "down"]))
    #expect(up.network.endToEndMatrix == B * A)
    let down = try NetworkFile.read(path, NetworkReading(layers: ["down", "up"]))
    #expect(down.network.endToEndMatrix == A * B)
    #expect(throws: RunFileError.unknownLayer(file: path, name: "left", layers: ["down", "up"])) {
      try NetworkFile.read(path, NetworkReading(layers: ["left"]))
    }
    // A hundred square layers in which no order can be told end soon.
    let many = try file((0..<100).map { (String(repeating: "x", count: $0 + 1), NDArray(A)) })
    #expect(throws: RunFileError.self) { try NetworkFile.read(many) }
  }

  @Test func `transposed layers are recognised by their shapes and read when asked for`() throws {
    let path = try file(layers.enumerated().map { ("w\($0.offset)", NDArray($0.element.transpose)) })
    // In the opposite order they compose; their numbers say another.
    let reading = NetworkReading(orientation: .inputsByOutputs)
    #expect(try NetworkFile.read(path, reading).network.layers == layers)
    let named = NetworkReading(layers: ["w0", "w1", "w2"])
    let error = #expect(throws: RunFileError.self) { try NetworkFile.read(path, named) }
    #expect(error?.remedies.first == .transposed)
    // Their numbers are not overruled by shapes that fit backwards.
    let unnamed = #expect(throws: RunFileError.self) { try NetworkFile.read(path) }
    #expect(unnamed?.remedies.first == .transposed)
    // A single layer composes in any case; whether it is transposed the data tell.
    let single = try file([("w", NDArray(Matrix(3, 2) { i, j in Double(i + j) }))])
    let problem = Problem(
      inputs: Matrix(3, 9) { i, j in Double((i + 2) * j % 7) },
      outputs: Matrix(2, 9) { i, j in Double(i * j % 5) })
    #expect(
      throws: RunFileError.otherShape(file: single, found: [3, 2], expected: [2, 3], fitsTransposed: true)
    ) { try NetworkFile.read(single, fitting: problem) }
    #expect(try NetworkFile.read(single, fitting: problem, reading).network.widths == [3, 2])
  }

  @Test func `what is no layer is left out by name`() throws {
    let path = try file([
      ("layers.0.weight", NDArray(layers[0])), ("layers.1.weight", NDArray(layers[1])),
      ("layers.2.weight", NDArray(layers[2])), ("epoch", NDArray(shape: [], values: [3])),
      ("scales", NDArray([1, 2, 3, 4, 5])), ("kernel", NDArray(shape: [1, 2, 2], values: [1, 2, 3, 4])),
    ])
    let found = try NetworkFile.read(path)
    #expect(found.network.layers == layers)
    #expect(found.notices.map(\.text) == ["tensors that are no layers are left out: epoch, kernel, scales"])
    let named = try NetworkFile.read(path, NetworkReading(layers: ["layers.0.weight", "layers.1.weight"]))
    #expect(
      named.notices.map(\.text) == [
        "tensors that are no layers are left out: epoch, kernel, layers.2.weight, scales"
      ])
  }

  @Test(arguments: [
    ["0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias"],
    ["W1", "b1", "W2", "b2", "W3", "b3"],
  ])
  func `biases are refused, or folded exactly into a constant input`(names: [String]) throws {
    var generator = SeededGenerator(seed: 62)
    let biases = layers.map { Matrix.gaussian($0.rows, 1, using: &generator) }
    var tensors: [(String, NDArray)] = []
    for j in layers.indices {
      tensors.append((names[2 * j], NDArray(layers[j])))
      tensors.append((names[2 * j + 1], NDArray(biases[j].storage)))
    }
    let path = try file(tensors)
    #expect(throws: RunFileError.hasBiases(file: path, names: [1, 3, 5].map { names[$0] })) {
      try NetworkFile.read(path)
    }
    let folded = try NetworkFile.read(path, NetworkReading(biases: .fold)).network
    #expect(folded.widths == [3, 5, 4, 1])
    let X = Matrix.gaussian(2, 7, using: &generator)
    func affine(_ j: Int, _ x: Matrix) -> Matrix {
      let y = layers[j] * x
      return Matrix(y.rows, y.columns) { i, k in y[i, k] + biases[j][i, 0] }
    }
    let exact = affine(2, affine(1, affine(0, X)))
    let linear = folded.endToEndMatrix * X.appendingRows(Matrix(1, 7) { _, _ in 1 })
    #expect((linear - exact).frobeniusNorm <= 50 * .ulpOfOne * exact.frobeniusNorm)
  }

  @Test(arguments: [
    ("net.pt", "torch.load"), ("net.onnx", "onnx.load"), ("net.h5", "keras"), ("net.npy", "savez"),
  ])
  func `networks of others are named for what they are, with a way to convert them`(
    name: String, words: String
  )
    throws
  {
    let path = try scratch.file(name, "anything")
    let error = #expect(throws: DataFormatError.self) { try NetworkFile.read(path) }
    #expect(error?.description.contains(words) ?? false, "\(String(describing: error))")
    #expect(throws: DataFormatError.missingFile(file: path + "x.pt")) { try NetworkFile.read(path + "x.pt") }
  }

  @Test func `files without matrices, or with impossible ones, are refused`() throws {
    let none = try file([("b", NDArray([1, 2]))])
    #expect(throws: RunFileError.notANetwork(file: none, problem: "none of its tensors (b) is a matrix.")) {
      try NetworkFile.read(none)
    }
    let gap = try file([
      ("w1", NDArray(Matrix(2, 2) { _, _ in 1 })), ("w2", NDArray(Matrix(1, 3) { _, _ in 1 })),
    ])
    #expect(
      throws: RunFileError.doNotCompose(
        file: gap, first: "w1", outputs: 2, second: "w2", inputs: 3, areTransposed: false)
    ) { try NetworkFile.read(gap) }
  }
}
