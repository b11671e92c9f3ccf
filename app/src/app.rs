//! The window's entrance.

/// Opens the studio.
///
/// # Errors
/// When no window can open here.
pub fn run() -> anyhow::Result<()> {
    crate::launch::check_display()?;
    anyhow::bail!("this build has no window yet")
}
