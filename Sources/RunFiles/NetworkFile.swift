import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose

/// Networks in safetensors or NPZ files: one matrix a layer, outputs × inputs as PyTorch's `nn.Linear` stores its weight.
public enum NetworkFile {
  /// The name of the tensor of layer j = 1, …, N.
  public static func name(ofLayer j: Int) -> String { "layers.\(j - 1).weight" }

  /// The layers, which must map the inputs of the problem to its outputs.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - problem: the problem.
  ///   - reading: what is known of the tensors.
  /// - Throws: ``RunFileError``, `DataFormatError`.
  public static func read(
    _ path: String, fitting problem: Problem, _ reading: NetworkReading = NetworkReading()
  ) throws -> StoredNetwork {
    let found = try read(path, reading)
    let shape = [found.network.widths.last!, found.network.widths[0]]
    guard shape == [problem.outputs, problem.inputs] else {
      throw RunFileError.otherShape(
        file: path, found: shape, expected: [problem.outputs, problem.inputs],
        fitsTransposed: reading.orientation == .outputsByInputs && shape == [problem.inputs, problem.outputs])
    }
    return found
  }

  /// The file of the layers: of the folder of a run or of a fit its `network.safetensors`, otherwise the file itself.
  ///
  /// - Throws: ``RunFileError/missing(folder:file:)``.
  public static func file(of path: String) throws(RunFileError) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return path
    }
    let file = path + "/network.safetensors"
    guard FileManager.default.fileExists(atPath: file) else {
      throw .missing(folder: path, file: "network.safetensors")
    }
    return file
  }

  /// The inputs that the file says it was written for; nil if it does not say.
  public static func inputs(of path: String) -> String? {
    guard let path = try? file(of: path) else { return nil }
    return path.lowercased().hasSuffix(".npz") ? nil : (try? SafetensorsFile(path))?.metadata["inputs"]
  }

  /// What the network in a file of this program maps, if the file says it.
  package static func meaning(of path: String) -> NetworkMeaning? {
    guard let path = try? file(of: path), !path.lowercased().hasSuffix(".npz"),
      let text = (try? SafetensorsFile(path))?.metadata[NetworkMeaning.key]
    else { return nil }
    return try? CanonicalJSON.decode(NetworkMeaning.self, from: Data(text.utf8))
  }

  /// The layers, whatever they map.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - reading: what is known of the tensors.
  /// - Throws: ``RunFileError``, `DataFormatError`.
  public static func read(
    _ path: String, _ reading: NetworkReading = NetworkReading()
  ) throws -> StoredNetwork {
    let path = try file(of: path)
    let tensors = try openTensors(path)
    guard !tensors.names.isEmpty else {
      throw RunFileError.notANetwork(file: path, problem: "it holds no tensors.")
    }
    // A layer whose name is damaged would be passed over, and the rest be another network.
    if let other = (tensors as? NPZArchive)?.otherMembers.first {
      throw RunFileError.notANetwork(
        file: path, problem: "its member “\(other)” is no array, and so no layer.")
    }
    return try StoredNetwork(tensors, in: path, reading)
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

/// Named tensors in a file of some format.
protocol TensorFile {
  var names: [String] { get }
  func array(_ name: String) throws(DataFormatError) -> NDArray
}

extension NPZArchive: TensorFile {}
extension SafetensorsFile: TensorFile {}

/// The formats of tensors, by the ending of the name in lower case. A new format is a line here and a type of the protocol.
private let formats: [(ending: String, open: @Sendable (String) throws(DataFormatError) -> any TensorFile)] =
  [
    (".npz", { path throws(DataFormatError) in try NPZArchive(path) }),
    (".safetensors", { path throws(DataFormatError) in try SafetensorsFile(path) }),
  ]

/// Formats that others write, with the way to convert them.
private let foreignFormats: [(endings: [String], name: String, conversion: @Sendable (String) -> String)] = [
  (
    [".pt", ".pth", ".bin", ".ckpt"], "a PyTorch checkpoint",
    {
      "python3 -c \"import torch, safetensors.torch as s; s.save_file(torch.load('\($0)', map_location='cpu'), 'network.safetensors')\" (of a state_dict)"
    }
  ),
  (
    [".h5", ".hdf5", ".keras"], "a Keras file",
    {
      "python3 -c \"import keras, numpy; numpy.savez('network.npz', *[w.T for w in keras.models.load_model('\($0)').get_weights()])\""
    }
  ),
  (
    [".onnx"], "an ONNX file",
    {
      "python3 -c \"import onnx, numpy; from onnx import numpy_helper as h; numpy.savez('network.npz', **{t.name: h.to_array(t) for t in onnx.load('\($0)').graph.initializer})\""
    }
  ),
  (
    [".npy"], "a single array",
    {
      "python3 -c \"import numpy; numpy.savez('network.npz', numpy.load('\($0)'))\" makes a network of one layer"
    }
  ),
]

/// Opens a file of tensors; one of an unknown ending is taken for safetensors.
private func openTensors(_ path: String) throws(DataFormatError) -> any TensorFile {
  let name = path.lowercased()
  for format in formats where name.hasSuffix(format.ending) { return try format.open(path) }
  if let foreign = foreignFormats.first(where: { $0.endings.contains(where: name.hasSuffix) }) {
    guard FileManager.default.fileExists(atPath: path) else { throw .missingFile(file: path) }
    throw .foreignFormat(file: path, format: foreign.name, conversion: foreign.conversion(path))
  }
  return try SafetensorsFile(path)
}
