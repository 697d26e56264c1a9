import CSUNDIALS

/// The version of the solvers' library that was found at start-up, against that for which this was compiled.
///
/// The shim refuses to compile for another major version; a library that was replaced later would be called with arguments that it does not take.
public enum SolverLibrary {
  /// What is wrong with the library; nil if it is that of the headers.
  public static var problem: String? {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    var label = [CChar](repeating: 0, count: 32)
    guard SUNDIALSGetVersionNumber(&major, &minor, &patch, &label, Int32(label.count)) == 0 else {
      return "the version of the SUNDIALS library cannot be read"
    }
    guard major != SUNDIALS_VERSION_MAJOR else { return nil }
    return
      "this program was built for SUNDIALS \(SUNDIALS_VERSION_MAJOR), but finds version \(major).\(minor).\(patch): install the one it was built for, or build it again"
  }
}
