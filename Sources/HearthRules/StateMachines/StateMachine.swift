/// A state that is stored by its raw value.
package protocol StoredState: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == String {}

/// One move of a state machine: from any state of `from` to `to`.
package struct Move<State: StoredState>: Sendable {
    package let from: [State]
    package let to: State

    init(from: State..., to: State) {
        self.from = from
        self.to = to
    }
}

/// The moves of one kind of row, as a table. The owner of the row's database table builds its statements from them, so a
/// statement can make no other move.
package protocol StateMachine: CaseIterable, Sendable {
    associatedtype State: StoredState
    var move: Move<State> { get }
}
