//! Whether a window can open here, and the sentence when it cannot.
//!
//! Asked before eframe starts, because its own errors speak of event loops. Nothing is drawn here.

use crate::explain::Explained;

const WITHOUT: &str = "To make pictures without a window, see `strata sample --help`.";

/// Refuses to start where there is no display.
///
/// # Errors
/// One sentence, naming the headless command.
pub fn check_display() -> Result<(), Explained> {
    if cfg!(all(unix, not(target_vendor = "apple"))) {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        check_variables(&set)
    } else {
        Ok(())
    }
}

/// X11 or Wayland: one of these names the display.
fn check_variables(set: &dyn Fn(&str) -> bool) -> Result<(), Explained> {
    if ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .into_iter()
        .any(set)
    {
        Ok(())
    } else {
        Err(Explained::new(
            "there is no display to open the window on (DISPLAY and WAYLAND_DISPLAY are not set)",
            WITHOUT,
        ))
    }
}

/// The words for a window that could not open.
pub fn explain_window(error: &eframe::Error) -> Explained {
    let sentence = match error {
        eframe::Error::Wgpu(reason) => {
            format!("no graphics adapter here can draw the window ({reason})")
        }
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            format!("the display cannot be used ({error})")
        }
        other => format!("the window could not open ({other})"),
    };
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let next_step = if matches!(error, eframe::Error::Wgpu(_)) {
        format!("Install a Vulkan or OpenGL driver, such as Mesa's. {WITHOUT}")
    } else {
        WITHOUT.to_owned()
    };
    Explained::new(words.join(" "), next_step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_display_is_enough() {
        for name in ["DISPLAY", "WAYLAND_DISPLAY"] {
            assert_eq!(check_variables(&|asked| asked == name), Ok(()));
        }
    }

    #[test]
    fn without_one_the_headless_command_is_named() {
        let error = check_variables(&|_| false).err();
        let explained = error.as_ref();
        assert!(explained.is_some_and(|e| e.sentence.contains("no display")));
        assert!(explained.is_some_and(|e| e.next_step.contains("strata sample --help")));
    }

    #[test]
    fn window_errors_become_one_sentence() {
        let error = eframe::Error::AppCreation("first\nsecond".into());
        let explained = explain_window(&error);
        assert!(!explained.sentence.contains('\n'), "{explained:?}");
        assert!(explained.next_step.contains("strata sample"));
    }
}
