import Foundation

/// What the header of a safetensors file says, checked against the size of the file.
struct SafetensorsHeader {
  struct Tensor {
    let name: String
    let type: ElementType
    let shape: [Int]
    /// Counted from the beginning of the file.
    let offset: Int
    let byteCount: Int
  }

  /// In the order of their offsets.
  let tensors: [Tensor]
  let metadata: [String: String]

  static let metadataKey = "__metadata__"

  init(parsing text: [UInt8], dataOffset: Int, fileByteCount: Int, file: String) throws(DataFormatError) {
    // JSONDecoder takes text with zero bytes for UTF-16, which the format does not allow.
    guard text.first == UInt8(ascii: "{"), !text.contains(0) else {
      throw .corrupt(file: file, detail: "its header is not a JSON object in UTF-8")
    }
    let content: Content
    do { content = try JSONDecoder().decode(Content.self, from: Data(text)) } catch {
      throw .corrupt(file: file, detail: "its header is not the expected JSON (\(Self.words(error)))")
    }
    // JSONDecoder keeps one of several equal keys; which one must not decide what is read.
    if let fault = JSONFault.first(in: Data(text)) {
      throw .corrupt(file: file, detail: "its header has \(fault.words)")
    }
    metadata = content.metadata

    let dataByteCount = fileByteCount - dataOffset
    var tensors: [Tensor] = []
    var end = 0
    // Empty arrays share their offset with a neighbour: by the end they come before it.
    let ordered = content.tensors.map { (from: $1.begin, to: $1.end, name: $0, entry: $1) }
      .sorted { ($0.from, $0.to, $0.name) < ($1.from, $1.to, $1.name) }
    for (from, to, name, entry) in ordered {
      guard let type = Self.elementTypes[entry.dtype] else {
        throw .unsupported(
          file: file, feature: "the element type “\(entry.dtype)” in array “\(name)”",
          remedy: "convert it to F64 before saving it")
      }
      guard entry.data_offsets.count == 2 else {
        throw .corrupt(file: file, detail: "array “\(name)” does not have two offsets")
      }
      guard from >= 0, from <= to, to <= dataByteCount else {
        throw .corrupt(
          file: file,
          detail:
            "array “\(name)” lies at bytes \(from) to \(to) of \(dataByteCount), which is not within the file"
        )
      }
      guard from == end else {
        let problem = from < end ? "overlaps the array before it" : "leaves a gap before it"
        throw .corrupt(file: file, detail: "array “\(name)” \(problem)")
      }
      guard let declared = product(entry.shape + [type.byteCount]) else {
        throw .corrupt(file: file, detail: "the shape \(entry.shape) of array “\(name)” is impossible")
      }
      guard declared == to - from else {
        throw .sizeMismatch(
          file: file, what: "array “\(name)” of shape \(entry.shape)", declared: declared, found: to - from)
      }
      tensors.append(
        Tensor(name: name, type: type, shape: entry.shape, offset: dataOffset + from, byteCount: declared))
      end = to
    }
    guard end == dataByteCount else {
      throw .sizeMismatch(file: file, what: "all arrays together", declared: end, found: dataByteCount)
    }
    self.tensors = tensors
  }

  private static let elementTypes: [String: ElementType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "BOOL": .bool, "I8": .int8,
    "I16": .int16,
    "I32": .int32, "I64": .int64, "U8": .uint8, "U16": .uint16, "U32": .uint32, "U64": .uint64,
  ]

  private struct Entry: Codable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]

    var begin: Int { data_offsets.first ?? 0 }
    var end: Int { data_offsets.last ?? 0 }
  }

  private struct Content: Decodable {
    var tensors: [String: Entry] = [:]
    var metadata: [String: String] = [:]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if key.stringValue == metadataKey {
          // The official library writes and reads null for none.
          metadata = try container.decodeIfPresent([String: String].self, forKey: key) ?? [:]
        } else {
          tensors[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      "“\(key.stringValue)” is missing in \(place(context))"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "the value has the wrong type in \(place(context))"
    default: "it is not valid JSON"
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    context.codingPath.first.map { "“\($0.stringValue)”" } ?? "its outermost level"
  }

  /// The header for arrays of doubles, padded with spaces so that the entries begin at a multiple of eight bytes.
  static func text(_ arrays: [(name: String, array: NDArray)], metadata: [String: String]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\(quoted(metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, array) in arrays {
      let end = offset + 8 * array.values.count
      let shape = array.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(name)):{\"dtype\":\"F64\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    return text
  }

  /// A JSON string.
  private static func quoted(_ text: String) -> String {
    let body = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case _ where scalar.value < 0x20:
        "\\u" + String(repeating: "0", count: scalar.value < 0x10 ? 3 : 2) + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"" + body.joined() + "\""
  }
}
