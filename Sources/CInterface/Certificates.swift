import Foundation
import RunFiles
import Training

/// What the theory promises for a problem and a start.
final class CertificateBox: Box {
  let report: CertificateReport

  init(_ report: CertificateReport) { self.report = report }

  override func json(_ part: String) throws -> Data {
    switch part {
    case "certificate": try CanonicalJSON.encode(report)
    case "conclusion":
      try CanonicalJSON.encode(
        Conclusion(best: report.certificate.best, conclusion: report.certificate.conclusion), layout: .line)
    default: throw unknownWord(part, "part", ["certificate", "conclusion"])
    }
  }

  private struct Conclusion: Encodable {
    let best: String?
    let conclusion: String
  }
}

@_cdecl("linnet_certify")
public func linnet_certify(
  _ problem: UnsafeRawPointer?, _ network: UnsafeRawPointer?, _ certificate: HandleOut?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let (problem, start): (ProblemBox, NetworkBox) = (try box(problem), try box(network))
    try checkFit(start, problem)
    try CertificateBox(CertificateReport(problem: problem.problem, start: start.network))
      .hand(to: certificate)
  }
}

/// A start that was made for another problem.
func checkFit(_ start: NetworkBox, _ problem: ProblemBox) throws {
  let (found, inputs, outputs) = (start.network.widths, problem.problem.inputs, problem.problem.outputs)
  guard found.first == inputs, found.last == outputs else {
    throw RunFileError.otherShape(
      file: "the network", found: [found.last!, found[0]], expected: [outputs, inputs], fitsTransposed: false)
  }
}
