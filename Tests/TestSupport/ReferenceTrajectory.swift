import Foundation
import LinearAlgebra

/// A trajectory of the rank-one flow on whitened data, known to 25 digits: W_0 = s_0 u_0 v_0ᵀ and W(t) = s u vᵀ.
///
/// The files in `Reference` come from the closed form D4 of Documentation/derived.md, solved with 34-digit arithmetic.
public struct ReferenceTrajectory: Sendable {
  public struct State: Sendable {
    public let time: Double
    public let scale: Double
    public let left: [Double]
    public let right: [Double]
    /// ‖Z_1 − W(t)‖_F.
    public let distanceToTarget: Double

    /// W(t) = s u vᵀ.
    public var endToEndMatrix: Matrix {
      Matrix(left.count, right.count) { i, j in scale * left[i] * right[j] }
    }
  }

  /// The file name without its extension.
  public let name: String
  public let depth: Int
  public let sampleCount: Double
  /// Z, dy × dx.
  public let target: Matrix
  public let initialScale: Double
  public let initialLeft: [Double]
  public let initialRight: [Double]
  public let singularValues: [Double]
  /// c_0 = u_0ᵀZ_1v_0 / s_Z.
  public let alignment: Double
  /// p_1 = u_0ᵀu_Z + v_0ᵀv_Z.
  public let basinCoordinate: Double
  public let states: [State]

  /// W_0 = s_0 u_0 v_0ᵀ.
  public var start: Matrix {
    Matrix(initialLeft.count, initialRight.count) { i, j in initialScale * initialLeft[i] * initialRight[j] }
  }

  /// Every file, in alphabetical order of the names.
  public static let all = files(in: "Reference")

  /// Trajectories at the ends of the range: sizes of 1e-300 and 1e100, depths up to 10,000, starts on the basin's
  /// boundary. From the same closed form in 40-digit arithmetic; they are too far out for integrators.
  public static let extreme = files(in: "Reference/Extreme")

  private static func files(in folder: String) -> [ReferenceTrajectory] {
    // Foundation answers with NSURL on Linux and with URL elsewhere.
    let found = Bundle.module.urls(forResourcesWithExtension: "json", subdirectory: folder) ?? []
    let files = found.map { $0 as URL }
    precondition(!files.isEmpty, "the reference trajectories are missing from the test bundle")
    return files.sorted { $0.lastPathComponent < $1.lastPathComponent }.map { file in
      do {
        let stored = try JSONDecoder().decode(Stored.self, from: Data(contentsOf: file))
        return ReferenceTrajectory(name: file.deletingPathExtension().lastPathComponent, stored)
      } catch {
        preconditionFailure("\(file.lastPathComponent): \(error)")
      }
    }
  }

  /// The trajectory in `Reference/<name>.json`.
  public static func named(_ name: String) -> ReferenceTrajectory {
    guard let found = (all + extreme).first(where: { $0.name == name }) else {
      preconditionFailure("there is no reference trajectory \(name); there are \(all.map(\.name))")
    }
    return found
  }

  private init(name: String, _ stored: Stored) {
    self.name = name
    depth = stored.N
    sampleCount = stored.m
    target = Matrix(rows: stored.Z)
    initialScale = stored.s0
    initialLeft = stored.u0
    initialRight = stored.v0
    singularValues = stored.singular_values_of_Z.map(\.value)
    alignment = stored.u0_Z1_v0_over_sZ.value
    basinCoordinate = stored.basin_coordinate.value
    states = stored.trajectory.map {
      State(
        time: $0.t, scale: $0.s.value, left: $0.u.map(\.value), right: $0.v.map(\.value),
        distanceToTarget: $0.distance_to_Z1.value)
    }
  }
}

/// The files as they are written: 25-digit numbers stand in strings.
private struct Stored: Decodable {
  struct State: Decodable {
    let t: Double
    let s: Digits
    let u: [Digits]
    let v: [Digits]
    let distance_to_Z1: Digits
  }

  let N: Int
  let m: Double
  let Z: [[Double]]
  let u0: [Double]
  let v0: [Double]
  let s0: Double
  let singular_values_of_Z: [Digits]
  let u0_Z1_v0_over_sZ: Digits
  let basin_coordinate: Digits
  let trajectory: [State]
}

private struct Digits: Decodable {
  let value: Double

  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let value = Double(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a number"))
    }
    self.value = value
  }
}
