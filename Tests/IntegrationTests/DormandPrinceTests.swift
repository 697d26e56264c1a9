import Foundation
import Integration
import Testing

struct DormandPrinceTests {
  @Test func `steps land on requested times, where the state has their accuracy`() {
    let times = [0, 0.1, 1, 3.3, 7.77, 20]
    let taken = run(
      DormandPrince(relativeTolerance: 1e-10), Fields.rotation(), from: [1, 0], to: 20, outputs: times)
    #expect(taken.outputs.map(\.time) == times)
    let landed = Set(taken.steps.map(\.time))
    #expect(times.dropFirst().allSatisfy(landed.contains))
    for (t, y) in taken.outputs { #expect(hypot(y[0] - cos(t), y[1] + sin(t)) <= 1e-8) }
  }

  @Test func `landing costs at most about one step each`() {
    let free = run(DormandPrince(relativeTolerance: 1e-10), Fields.rotation(), from: [1, 0], to: 20)
    let times = (1...50).map { 0.4 * Double($0) }
    let landing = run(
      DormandPrince(relativeTolerance: 1e-10), Fields.rotation(), from: [1, 0], to: 20, outputs: times)
    #expect(landing.work.steps <= free.work.steps + 2 * times.count)
  }

  @Test func `dense output between the steps keeps the order 5`() {
    let points = stride(from: -5.0, through: -10, by: -0.5).map { k -> (x: Double, y: Double) in
      let stepper = DormandPrince(relativeTolerance: pow(10, k)).start(
        Fields.rotation(), from: [1, 0], at: 0, events: .none)
      var (y, worst, longest) = ([0.0, 0], 0.0, 0.0)
      while stepper.time < 10 {
        #expect(stepper.advance(notBeyond: nil) == .stepped)
        longest = max(longest, stepper.lastStep)
        for tenth in 1...9 {
          let t = stepper.time - stepper.lastStep * Double(tenth) / 10
          stepper.interpolate(at: t, into: &y)
          worst = max(worst, hypot(y[0] - cos(t), y[1] + sin(t)))
        }
      }
      return (log(longest), log(worst))
    }
    #expect((slope(points) - 5).magnitude <= 0.25)
  }
}
