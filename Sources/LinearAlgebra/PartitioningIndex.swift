extension RandomAccessCollection where Index == Int {
  /// The first index whose element is of the second part, where all elements of a first part stand before all of a second; the end if there is no second.
  ///
  /// - Complexity: O(log n).
  package func partitioningIndex(where isOfSecondPart: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if isOfSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
