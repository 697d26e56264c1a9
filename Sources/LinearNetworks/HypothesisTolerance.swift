extension Double {
  /// What a hypothesis that holds exactly may lack in numbers, as a relative defect: 1e-10.
  ///
  /// Data are whitened, starts balanced and points of a stable set up to this. It is the relative accuracy to which runs are integrated unless asked otherwise, so that
  /// a smaller defect cannot be seen in them; and whitening leaves eps times the square root of a condition number, which is below it for data that can be whitened at all.
  public static let hypothesisTolerance = 1e-10
}
