import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks

/// Networks in safetensors or NPZ files: one matrix a layer, outputs × inputs as PyTorch's `nn.Linear` stores its weight.
public enum NetworkFile {
  /// The name of the tensor of layer j = 1, …, N.
  public static func name(ofLayer j: Int) -> String { "layers.\(j - 1).weight" }

  /// The layers, which must map the inputs of the problem to its outputs.
  ///
  /// - Throws: ``RunFileError``, `DataFormatError`.
  public static func read(_ path: String, fitting problem: Problem) throws -> LinearNetwork {
    let found = try read(path)
    let shape = [found.widths.last!, found.widths[0]]
    guard shape == [problem.outputs, problem.inputs] else {
      throw RunFileError.otherShape(file: path, found: shape, expected: [problem.outputs, problem.inputs])
    }
    return found
  }

  /// The inputs that the file says it was written for; nil if it does not say.
  public static func inputs(of path: String) -> String? {
    isArchive(path) ? nil : (try? SafetensorsFile(path))?.metadata["inputs"]
  }

  private static func isArchive(_ path: String) -> Bool { path.lowercased().hasSuffix(".npz") }

  /// The layers, whatever they map.
  ///
  /// - Throws: ``RunFileError/notANetwork(file:problem:)``, `DataFormatError`.
  public static func read(_ path: String) throws -> LinearNetwork {
    let (stored, array): ([String], (String) throws -> NDArray)
    if isArchive(path) {
      let archive = try NPZArchive(path)
      // A layer whose name is damaged would be passed over, and the rest be another network.
      if let other = archive.otherMembers.first {
        throw RunFileError.notANetwork(
          file: path, problem: "its member “\(other)” is no array, and so no layer.")
      }
      (stored, array) = (archive.names, { try archive.array($0) })
    } else {
      let file = try SafetensorsFile(path)
      (stored, array) = (file.names, { try file.array($0) })
    }
    // Numbers in names count as numbers: layers.10 comes after layers.9.
    let names = stored.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    guard !names.isEmpty else { throw RunFileError.notANetwork(file: path, problem: "it holds no tensors.") }
    let layers = try names.map { name in
      let array = try array(name)
      guard array.shape.count == 2, let W = array.matrix, W.rows > 0, W.columns > 0 else {
        throw RunFileError.notANetwork(
          file: path,
          problem: "tensor “\(name)” has shape \(array.shape), but a layer is a matrix (outputs × inputs).")
      }
      guard W.isFinite else {
        throw RunFileError.notANetwork(file: path, problem: "tensor “\(name)” has NaN or infinite entries.")
      }
      return W
    }
    for j in layers.indices.dropLast() where layers[j].rows != layers[j + 1].columns {
      throw RunFileError.notANetwork(
        file: path,
        problem:
          "“\(names[j])” has \(layers[j].rows) outputs but “\(names[j + 1])” takes \(layers[j + 1].columns) inputs."
      )
    }
    return LinearNetwork(layers: layers)
  }

  /// Writes the layers of a network as safetensors.
  ///
  /// - Parameters:
  ///   - network: its layers, outputs × inputs each.
  ///   - path: where to.
  ///   - metadata: what the file says about itself.
  /// - Throws: `DataFormatError`.
  public static func write(_ network: LinearNetwork, to path: String, metadata: [String: String] = [:]) throws
  {
    try SafetensorsFile.write(
      network.layers.enumerated().map { (NetworkFile.name(ofLayer: $0.offset + 1), NDArray($0.element)) },
      metadata: metadata, to: path)
  }
}
